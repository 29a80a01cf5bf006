package zklab.contender;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * Where the contender can be held. A JVM cannot stop all of its own threads, so a hold stops the task that
 * stands at the failpoint and nothing else, `whole` too: what stops the process is the lab's signal (a
 * scenario holds the sender and then injects `pause`).
 */
final class Failpoints {
    enum Point {
        BEFORE_SEND,
        AFTER_ELECTED,
        BEFORE_REVOKE;

        String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private final Emitter emitter;
    private final Map<Point, Integer> remaining = new EnumMap<>(Point.class);
    private CountDownLatch release;

    Failpoints(Emitter emitter) {
        this.emitter = emitter;
    }

    /** From now on, the nth that comes to this point is held. */
    synchronized void hold(Point point, int nth) {
        remaining.put(point, nth);
    }

    synchronized void release() {
        if (release != null) release.countDown();
    }

    /** Passes through unless a hold stands here; then says `held` and returns after `release`. */
    void reach(Point point, String op) throws InterruptedException {
        CountDownLatch gate = stand(point);
        if (gate == null) return;
        Map<String, String> subject = new HashMap<>(Map.of("failpoint", point.word()));
        if (op != null) subject.put("op", op);
        emitter.emit("held", subject);
        gate.await();
        emitter.emit("released", subject);
    }

    private synchronized CountDownLatch stand(Point point) {
        Integer left = remaining.get(point);
        if (left == null) return null;
        if (left > 1) {
            remaining.put(point, left - 1);
            return null;
        }
        remaining.remove(point);
        release = new CountDownLatch(1);
        return release;
    }
}
