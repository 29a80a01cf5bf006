package zklab.contender;

import org.apache.zookeeper.ZooKeeper;

/**
 * What became of the calling thread's last attempt on the wire: which session it was handed to, and what
 * the server's own reply said. Curator's results do not tell either.
 */
final class Wire {
    private final ThreadLocal<Sent> last = new ThreadLocal<>();

    /** `zxid` 0: no reply of a server; `refusedAt` -1: no operation of a transaction was refused. */
    record Sent(ZooKeeper client, long zxid, int refusedAt) {
        /** As it is by now; 0: its handshake was never answered, and nothing goes out before that. */
        long session() {
            return client.getSessionId();
        }
    }

    void forget() {
        last.remove();
    }

    void handed(ZooKeeper client) {
        last.set(new Sent(client, 0, -1));
    }

    void answered(ZooKeeper client, long zxid, int refusedAt) {
        last.set(new Sent(client, zxid, refusedAt));
    }

    /** Null where the attempt never reached a client that has a session, so no socket either. */
    Sent last() {
        Sent sent = last.get();
        return sent == null || sent.session() == 0 ? null : sent;
    }
}
