package zklab.contender;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.curator.utils.ZookeeperFactory;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;

/**
 * Tells of every ZooKeeper session that Curator opens, as its client itself sees it: Curator's own states
 * mix sessions (LOST, then RECONNECTED on a new one).
 */
final class Sessions implements ZookeeperFactory {
    private final Emitter emitter;
    private final Wire wire;
    private volatile String state = "closed";
    private volatile long current;

    Sessions(Emitter emitter, Wire wire) {
        this.emitter = emitter;
        this.wire = wire;
    }

    @Override
    public ZooKeeper newZooKeeper(String connect, int timeoutMs, Watcher watcher, boolean readOnly) throws Exception {
        CompletableFuture<ZooKeeper> opened = new CompletableFuture<>();
        Watcher telling = event -> {
            // An event may come before the constructor has returned.
            if (event.getType() == Watcher.Event.EventType.None) tell(opened.join().getSessionId(), event);
            watcher.process(event);
        };
        ZooKeeper client = new ToldZooKeeper(connect, timeoutMs, telling, readOnly, wire);
        opened.complete(client);
        return client;
    }

    /** The session that a write decided now would first be sent in; 0 before the first. */
    long current() {
        return current;
    }

    /** Why leadership that is given up now is given up: what the client knows of its session. */
    String reason() {
        if (state.equals("suspended")) return "disconnected";
        return state.equals("connected") ? "znode-lost" : "session-lost";
    }

    /** Curator drops its watcher before it closes a client, so an orderly end has to be told here. */
    void closed() {
        say(current, "closed");
    }

    private void tell(long session, WatchedEvent event) {
        switch (event.getState()) {
            case SyncConnected -> {
                current = session;
                say(session, "connected");
            }
            case Disconnected -> say(session, "suspended");
            case Expired -> say(session, "expired");
            case Closed -> say(session, "closed");
            default -> System.err.println("session " + Hex.session(session) + ": " + event.getState());
        }
    }

    private void say(long session, String now) {
        state = now;
        // Never connected, so never a session.
        if (session == 0) return;
        emitter.emit("session", Map.of("id", Hex.session(session), "role", "both", "state", now));
    }
}
