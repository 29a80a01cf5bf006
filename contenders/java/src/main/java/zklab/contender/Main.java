package zklab.contender;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.state.SessionConnectionStateErrorPolicy;
import org.apache.curator.framework.state.StandardConnectionStateErrorPolicy;
import org.apache.curator.retry.BoundedExponentialBackoffRetry;

/** The contender `curator-latch`: Curator's LeaderLatch under the lab's contract, version 1. */
public final class Main {
    private static final int BAD_USAGE = 64;
    private static final int RETRY_BASE_MS = 50;
    private static final int RETRY_MAX_MS = 1_000;
    private static final int RETRIES_MAX = 12;

    private final Environment environment;
    private final Emitter emitter = new Emitter();
    private final Wire wire = new Wire();
    private final Sessions sessions = new Sessions(emitter, wire);
    private final Failpoints failpoints = new Failpoints(emitter);
    private final Attempts attempts = new Attempts(
            new BoundedExponentialBackoffRetry(RETRY_BASE_MS, RETRY_MAX_MS, RETRIES_MAX), emitter, wire);
    private final CuratorFramework curator;
    private final Election election;
    private final Writer writer;
    private final AtomicBoolean stopping = new AtomicBoolean();

    private Main(Environment environment) {
        this.environment = environment;
        curator = CuratorFrameworkFactory.builder()
                .connectString(environment.connect())
                .sessionTimeoutMs(environment.sessionTimeoutMs())
                .connectionTimeoutMs(environment.sessionTimeoutMs())
                .retryPolicy(attempts)
                .zookeeperFactory(sessions)
                .connectionStateErrorPolicy(
                        environment.suspendedIsError()
                                ? new StandardConnectionStateErrorPolicy()
                                : new SessionConnectionStateErrorPolicy())
                .build();
        Belief belief = new Belief(emitter);
        election = new Election(curator, environment, belief, sessions, failpoints);
        writer = new Writer(curator, environment, belief, new Writer.Telling(attempts, sessions, failpoints));
    }

    /** With a word instead of an environment it only says what it runs on. */
    public static void main(String[] args) throws Exception {
        if (Arrays.asList(args).contains("--version")) {
            System.out.println(versions());
            return;
        }
        try {
            new Main(Environment.read(System.getenv())).run();
        } catch (IllegalArgumentException wrong) {
            System.err.println(wrong.getMessage());
            System.exit(BAD_USAGE);
        }
    }

    private void run() throws Exception {
        emitter.emit("hello", Map.of(
                "contract", 1,
                "promises", Map.of(
                        "guard", environment.guardedByPath() ? "path" : "none",
                        "atMostOnce", false,
                        "reportsAttempts", true),
                "pid", ProcessHandle.current().pid(),
                "bootId", Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).trim(),
                "failpoints", Arrays.stream(Failpoints.Point.values()).map(Failpoints.Point::word).toList(),
                "client", versions()));
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop));
        new Commands(failpoints, Map.of(
                        "write", writer::write,
                        "resign", this::resign,
                        "stop", () -> System.exit(0)))
                .listen();
        curator.start();
        election.start();
        writer.start();
        // Everything happens on other threads, until the process is told to end.
        new CountDownLatch(1).await();
    }

    private void resign() throws Exception {
        writer.idle();
        election.resign();
    }

    /** In order: no new op, no belief, no latch, no session. */
    private void stop() {
        if (!stopping.compareAndSet(false, true)) return;
        try {
            writer.stop();
            election.stop();
            curator.close();
            sessions.closed();
        } catch (Exception failed) {
            System.err.println("stop: " + failed);
        }
    }

    private static String versions() throws IOException {
        String curator = version("org.apache.curator", "curator-recipes");
        return "Curator " + curator + ", ZooKeeper " + version("org.apache.zookeeper", "zookeeper");
    }

    /** As the jar itself says. */
    private static String version(String group, String artifact) throws IOException {
        String name = "/META-INF/maven/" + group + "/" + artifact + "/pom.properties";
        try (InputStream about = Main.class.getResourceAsStream(name)) {
            Properties properties = new Properties();
            if (about != null) properties.load(about);
            return properties.getProperty("version", "unknown");
        }
    }
}
