#!/bin/bash
# Writes zoo.cfg from the environment and becomes the server (exec: it must be process 1, so that the
# engine's signals reach it). The defaults are the lab's quick settings (lab/ensemble/config.ts).
set -eu
: "${ZKLAB_SERVER_ID:?the number of this server, 1 to 5}"
data=/data
conf=$data/conf
mkdir -p "$conf"
cp /opt/zookeeper/logback.xml /opt/zookeeper/log4j.properties "$conf"
echo "$ZKLAB_SERVER_ID" > "$data/myid"
{
  echo "tickTime=${ZKLAB_TICK_TIME_MS:-500}"
  echo "initLimit=${ZKLAB_INIT_LIMIT:-10}"
  echo "syncLimit=${ZKLAB_SYNC_LIMIT:-6}"
  echo "dataDir=$data"
  echo "clientPort=2181"
  echo "standaloneEnabled=false"
  echo "4lw.commands.whitelist=srvr"
  echo "maxClientCnxns=0"
  # Nobody but this container reaches it; the lab comes through an exec stream.
  echo "admin.enableServer=${ZKLAB_ADMIN_SERVER:-true}"
  echo "admin.serverAddress=127.0.0.1"
  for ((i = 1; i <= ${ZKLAB_SERVERS:-3}; i++)); do
    echo "server.$i=zk$i:2888:3888"
  done
} > "$conf/zoo.cfg"
flags=(-Xmx192m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -XX:-UsePerfData)
flags+=(-Djava.net.preferIPv4Stack=true -Dzookeeper.preAllocSize=64)
flags+=(-Dzookeeper.extendedTypesEnabled=true -Dzookeeper.jmx.log4j.disable=true)
if [ "${ZKLAB_JDWP:-}" = true ]; then
  flags+=(-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,quiet=y,address=127.0.0.1:5005)
fi
# One property a line: values may hold blanks.
while IFS= read -r property; do
  [ -z "$property" ] || flags+=("-D$property")
done <<< "${ZKLAB_PROPERTIES:-}"
# By name: a class path of `lib/*` would leave the order to the file system.
jars=(/opt/zookeeper/lib/*.jar)
class_path=$conf$(printf ':%s' "${jars[@]}")
exec java "${flags[@]}" -cp "$class_path" org.apache.zookeeper.server.quorum.QuorumPeerMain "$conf/zoo.cfg"
