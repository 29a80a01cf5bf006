package zklab.contender;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.curator.RetryPolicy;
import org.apache.curator.RetrySleeper;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;

/**
 * The retry policy that Curator is given, which tells of each attempt that Curator makes: it is asked on
 * the writer's own thread at every failure. Whether to go on is for the policy inside to say.
 */
final class Attempts implements RetryPolicy {
    /** Codes that only a server gives to a write; every other may be made by the client (semantics 7). */
    private static final Set<Code> REFUSALS =
            EnumSet.of(Code.NONODE, Code.BADVERSION, Code.NOAUTH, Code.NODEEXISTS, Code.BADARGUMENTS);

    /** One op on its way. */
    static final class Op {
        final String id;
        private final Map<String, Object> invoke;
        private int attempt = 1;
        private boolean uncertain = false;

        Op(String id, Map<String, Object> invoke) {
            this.id = id;
            this.invoke = invoke;
        }
    }

    private final RetryPolicy inside;
    private final Emitter emitter;
    private final Wire wire;
    private final ThreadLocal<Op> current = new ThreadLocal<>();

    Attempts(RetryPolicy inside, Emitter emitter, Wire wire) {
        this.inside = inside;
        this.emitter = emitter;
        this.wire = wire;
    }

    /** Says the first attempt's invoke; `session` 0: none yet. */
    void invoke(Op op, long session) {
        Map<String, Object> fields = new HashMap<>(op.invoke);
        if (session != 0) fields.put("session", Hex.session(session));
        say(op, "invoke", fields);
    }

    /** From here on until `ok` or `failed`, what Curator tries on this thread is this op. */
    void begin(Op op) {
        current.set(op);
        wire.forget();
    }

    void ok(Op op) {
        current.remove();
        Wire.Sent sent = wire.last();
        say(op, "ok", Map.of("zxid", Hex.zxid(sent.zxid()), "session", Hex.session(sent.session())));
        settled(op, "ok");
    }

    /** After the last attempt, which was told when it failed. */
    void failed(Op op) {
        current.remove();
        settled(op, op.uncertain ? "info" : "fail");
    }

    @Override
    public boolean allowRetry(Throwable failure) {
        Op op = current.get();
        if (op != null) tellFailure(op, failure);
        return inside.allowRetry(failure);
    }

    @Override
    public boolean allowRetry(int retries, long elapsedMs, RetrySleeper sleeper) {
        boolean again = inside.allowRetry(retries, elapsedMs, sleeper);
        Op op = current.get();
        if (again && op != null) {
            op.attempt++;
            wire.forget();
            say(op, "invoke", op.invoke);
        }
        return again;
    }

    private void tellFailure(Op op, Throwable failure) {
        Wire.Sent sent = wire.last();
        boolean refused = failure instanceof KeeperException error && REFUSALS.contains(error.code());
        Map<String, Object> fields = new HashMap<>();
        fields.put("code", codeOf(failure));
        // Curator gave up before it asked a client: nothing can have reached a socket.
        if (sent == null) fields.put("unsent", true);
        else fields.put("session", Hex.session(sent.session()));
        if (sent != null && sent.zxid() != 0) fields.put("zxid", Hex.zxid(sent.zxid()));
        if (sent != null && sent.refusedAt() == 0) fields.put("fenced", true);
        boolean certain = refused || sent == null;
        op.uncertain |= !certain;
        say(op, certain ? "fail" : "info", fields);
    }

    private void say(Op op, String phase, Map<String, ?> more) {
        Map<String, Object> fields = new HashMap<>(more);
        fields.putAll(Map.of("op", op.id, "attempt", op.attempt, "phase", phase));
        emitter.emit("op", fields);
    }

    private void settled(Op op, String outcome) {
        emitter.emit("settled", Map.of("op", op.id, "outcome", outcome));
    }

    /** ZooKeeper's own name: NoNode, ConnectionLoss, SessionExpired. */
    private static String codeOf(Throwable failure) {
        if (!(failure instanceof KeeperException error)) return failure.getClass().getSimpleName();
        String name = KeeperException.create(error.code()).getClass().getSimpleName();
        return name.replaceFirst("Exception$", "");
    }
}
