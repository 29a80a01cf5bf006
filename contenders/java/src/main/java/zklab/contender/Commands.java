package zklab.contender;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The contender's ear: command lines on stdin. No stdin means no commands, never an end. */
final class Commands {
    /** What may take its time; `hold` and `release` are obeyed at once. */
    interface Order {
        void run() throws Exception;
    }

    private final Failpoints failpoints;
    private final Map<String, Order> orders;
    private final ExecutorService obeying = Executors.newSingleThreadExecutor(Threads.named("orders"));

    Commands(Failpoints failpoints, Map<String, Order> orders) {
        this.failpoints = failpoints;
        this.orders = orders;
    }

    void listen() {
        Threads.named("commands").newThread(this::hear).start();
    }

    private void hear() {
        InputStreamReader stdin = new InputStreamReader(System.in, StandardCharsets.UTF_8);
        try (BufferedReader lines = new BufferedReader(stdin)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) obey(line.trim());
        } catch (IOException closed) {
            System.err.println("commands: " + closed);
        }
    }

    private void obey(String line) {
        String[] words = line.split("\\s+");
        Order order = orders.get(words[0]);
        if (order != null) obeying.execute(() -> run(words[0], order));
        else if (words[0].equals("release")) failpoints.release();
        else if (!words[0].equals("hold") || !hold(words)) System.err.println("unknown command: " + line);
    }

    private boolean hold(String[] words) {
        for (Failpoints.Point point : Failpoints.Point.values()) {
            if (words.length < 2 || !point.word().equals(words[1])) continue;
            failpoints.hold(point, words.length > 2 ? Integer.parseInt(words[2]) : 1);
            return true;
        }
        return false;
    }

    private void run(String word, Order order) {
        try {
            order.run();
        } catch (Exception failed) {
            System.err.println(word + ": " + failed);
        }
    }
}
