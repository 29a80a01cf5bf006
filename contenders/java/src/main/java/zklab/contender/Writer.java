package zklab.contender;

import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.transaction.CuratorOp;

/**
 * The sender: while it believes to lead it decides one op at a time and sees it through Curator's retries.
 * An op, once decided, is not dropped because leadership was lost meanwhile; that is the point.
 */
final class Writer {
    private final CuratorFramework curator;
    private final Environment environment;
    private final Belief belief;
    private final Attempts attempts;
    private final Sessions sessions;
    private final Failpoints failpoints;
    private int count = 0;
    private boolean stopped = false;

    Writer(CuratorFramework curator, Environment environment, Belief belief, Telling telling) {
        this.curator = curator;
        this.environment = environment;
        this.belief = belief;
        this.attempts = telling.attempts();
        this.sessions = telling.sessions();
        this.failpoints = telling.failpoints();
    }

    /** What the writer speaks through. */
    record Telling(Attempts attempts, Sessions sessions, Failpoints failpoints) {}

    /** Writes at its rate for as long as it runs; without a rate only `write` writes. */
    void start() {
        if (environment.writesPerSecond() > 0) Threads.named("writer").newThread(this::run).start();
    }

    private void run() {
        long periodMs = Math.round(1000 / environment.writesPerSecond());
        try {
            while (true) {
                belief.untilElected();
                long began = System.nanoTime();
                write();
                Thread.sleep(Math.max(0, periodMs - (System.nanoTime() - began) / 1_000_000));
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    /** Decides and performs one op if it believes to lead. */
    synchronized void write() throws InterruptedException {
        if (stopped) return;
        Attempts.Op[] decided = new Attempts.Op[1];
        // Said under the belief's own lock: no decision can be stamped after the revocation.
        Token token = belief.act(won -> {
            decided[0] = decide(won);
            attempts.invoke(decided[0], sessions.current());
        }).orElse(null);
        if (token != null) perform(decided[0], token);
    }

    /** Takes no new op, and returns when none is in hand. */
    synchronized void stop() {
        stopped = true;
    }

    /** Returns when no op is in hand. */
    synchronized void idle() {}

    private Attempts.Op decide(Token token) {
        JsonObject guard = new JsonObject();
        guard.addProperty("kind", environment.guardedByPath() ? "path" : "none");
        if (environment.guardedByPath()) guard.addProperty("path", token.path());
        String id = environment.incarnationName() + ":" + ++count;
        return new Attempts.Op(id, Map.of(
                "action", environment.guardedByPath() ? "multi" : "setData",
                "path", environment.statePath(),
                "token", token.toJson(),
                "guard", guard));
    }

    private void perform(Attempts.Op op, Token token) throws InterruptedException {
        failpoints.reach(Failpoints.Point.BEFORE_SEND, op.id);
        byte[] data = op.id.getBytes(StandardCharsets.UTF_8);
        attempts.begin(op);
        try {
            if (environment.guardedByPath()) setIfLatched(token.path(), data);
            else curator.setData().forPath(environment.statePath(), data);
            attempts.ok(op);
        } catch (InterruptedException ended) {
            throw ended;
        } catch (Exception refused) {
            attempts.failed(op);
        }
    }

    /** Option 1: the server checks the latch path memorised when elected, and sets, both or neither. */
    private void setIfLatched(String latch, byte[] data) throws Exception {
        CuratorOp check = curator.transactionOp().check().forPath(latch);
        CuratorOp set = curator.transactionOp().setData().forPath(environment.statePath(), data);
        curator.transaction().forOperations(check, set);
    }
}
