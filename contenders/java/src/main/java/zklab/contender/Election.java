package zklab.contender;

import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderLatchListener;
import org.apache.zookeeper.data.Stat;

/**
 * Curator's LeaderLatch and what the contender makes of its two calls. Between `isLeader` and the belief
 * lies one read: the latch does not tell the czxid of its node, which orders terms.
 */
final class Election implements LeaderLatchListener {
    private final CuratorFramework curator;
    private final Environment environment;
    private final Belief belief;
    private final Sessions sessions;
    private final Failpoints failpoints;
    private final ExecutorService confirming = Executors.newSingleThreadExecutor(Threads.named("election"));
    /** Counts the latch's calls: a read that a later call has overtaken counts for nothing. */
    private final AtomicInteger turn = new AtomicInteger();
    private volatile LeaderLatch latch;

    Election(CuratorFramework curator, Environment environment, Belief belief, Sessions sessions, Failpoints failpoints) {
        this.curator = curator;
        this.environment = environment;
        this.belief = belief;
        this.sessions = sessions;
        this.failpoints = failpoints;
    }

    synchronized void start() throws Exception {
        latch = new LeaderLatch(curator, environment.electionPath(), environment.incarnationName());
        latch.addListener(this);
        latch.start();
    }

    /** Gives leadership up and goes to the end of the queue. */
    synchronized void resign() throws Exception {
        belief.revoke("resign");
        close();
        start();
    }

    synchronized void stop() throws Exception {
        failpoints.reach(Failpoints.Point.BEFORE_REVOKE, null);
        belief.revoke("stop");
        close();
    }

    private void close() throws IOException {
        turn.incrementAndGet();
        latch.close(LeaderLatch.CloseMode.SILENT);
    }

    @Override
    public void isLeader() {
        int mine = turn.incrementAndGet();
        LeaderLatch won = latch;
        confirming.execute(() -> confirm(won.getLastPathIsLeader(), mine));
    }

    @Override
    public void notLeader() {
        turn.incrementAndGet();
        belief.revoke(sessions.reason());
    }

    private void confirm(String path, int mine) {
        try {
            Stat stat = path == null ? null : curator.checkExists().forPath(path);
            // Gone already: the latch will find out by itself.
            if (stat == null) return;
            if (belief.elect(new Token(stat.getCzxid(), path), () -> turn.get() == mine)) {
                failpoints.reach(Failpoints.Point.AFTER_ELECTED, null);
            }
        } catch (Exception unread) {
            System.err.println("read the latch node " + path + ": " + unread);
        }
    }
}
