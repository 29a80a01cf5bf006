package zklab.contender;

import java.io.IOException;
import java.util.List;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.MultiOperationRecord;
import org.apache.zookeeper.MultiResponse;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.admin.ZooKeeperAdmin;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.proto.ReplyHeader;
import org.apache.zookeeper.proto.RequestHeader;

/** Curator's usual client, which also notes on the wire what its foreground writes met. */
final class ToldZooKeeper extends ZooKeeperAdmin {
    private final Wire wire;

    ToldZooKeeper(String connect, int timeoutMs, Watcher watcher, boolean readOnly, Wire wire) throws IOException {
        super(connect, timeoutMs, watcher, readOnly);
        this.wire = wire;
    }

    @Override
    public Stat setData(String path, byte[] data, int version) throws KeeperException, InterruptedException {
        wire.handed(this);
        Stat stat = super.setData(path, data, version);
        wire.answered(this, stat.getMzxid(), -1);
        return stat;
    }

    /** As ZooKeeper's own does, but keeps the reply's zxid, by which a refusal is found in the servers' logs. */
    @Override
    protected List<OpResult> multiInternal(MultiOperationRecord request) throws KeeperException, InterruptedException {
        wire.handed(this);
        RequestHeader header = new RequestHeader();
        header.setType(ZooDefs.OpCode.multi);
        MultiResponse response = new MultiResponse();
        ReplyHeader reply = cnxn.submitRequest(header, request, response, null);
        if (reply.getErr() != 0) throw KeeperException.create(KeeperException.Code.get(reply.getErr()));
        List<OpResult> results = response.getResultList();
        int refusedAt = refusedAt(results);
        wire.answered(this, reply.getZxid(), refusedAt);
        if (refusedAt < 0) return results;
        int code = ((OpResult.ErrorResult) results.get(refusedAt)).getErr();
        throw KeeperException.create(KeeperException.Code.get(code));
    }

    /** The operations before the one that was refused carry OK, those after it RuntimeInconsistency. */
    private static int refusedAt(List<OpResult> results) {
        for (int i = 0; i < results.size(); i++) {
            if (results.get(i) instanceof OpResult.ErrorResult error && error.getErr() != 0) return i;
        }
        return -1;
    }
}
