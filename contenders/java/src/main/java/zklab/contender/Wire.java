package zklab.contender;

/**
 * What became of the calling thread's last attempt on the wire: which session it was handed to, and what
 * the server's own reply said. Curator's results do not tell either.
 */
final class Wire {
    private final ThreadLocal<Sent> last = new ThreadLocal<>();

    /** `zxid` 0: no reply of a server; `refusedAt` -1: no operation of a transaction was refused. */
    record Sent(long session, long zxid, int refusedAt) {}

    void forget() {
        last.remove();
    }

    void sent(long session) {
        last.set(new Sent(session, 0, -1));
    }

    void answered(long session, long zxid, int refusedAt) {
        last.set(new Sent(session, zxid, refusedAt));
    }

    /** Null where the attempt never reached a client. */
    Sent last() {
        return last.get();
    }
}
