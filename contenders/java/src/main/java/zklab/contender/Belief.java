package zklab.contender;

import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** What the contender takes itself to be: said before its first act as leader and after its last. */
final class Belief {
    private final Emitter emitter;
    private Token token;

    Belief(Emitter emitter) {
        this.emitter = emitter;
    }

    /** Believes from now on, unless `still` says that it came too late. */
    synchronized boolean elect(Token won, BooleanSupplier still) {
        if (!still.getAsBoolean()) return false;
        if (won.equals(token)) return true;
        token = won;
        emitter.emit("belief", Map.of("state", "elected", "token", won.toJson()));
        notifyAll();
        return true;
    }

    synchronized void revoke(String reason) {
        if (token == null) return;
        emitter.emit("belief", Map.of("state", "revoked", "reason", reason, "token", token.toJson()));
        token = null;
    }

    /** Decides as leader, if it believes to lead: no revocation can come between belief and act. */
    synchronized Optional<Token> act(Consumer<Token> decide) {
        if (token != null) decide.accept(token);
        return Optional.ofNullable(token);
    }

    /** Waits until it believes to lead. */
    synchronized void untilElected() throws InterruptedException {
        while (token == null) wait();
    }
}
