package zklab.contender;

import java.util.concurrent.ThreadFactory;

/** Threads with names that a thread dump explains; none keeps the process alive by itself. */
final class Threads {
    private Threads() {}

    static ThreadFactory named(String name) {
        return task -> {
            Thread thread = new Thread(task, "zklab-" + name);
            thread.setDaemon(true);
            return thread;
        };
    }
}
