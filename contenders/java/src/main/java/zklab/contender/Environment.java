package zklab.contender;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.Map;
import java.util.Set;

/** What the lab tells a contender at its start (contract v1), checked at once. */
record Environment(
        String name,
        int incarnation,
        String connect,
        String electionPath,
        String guardedPath,
        int sessionTimeoutMs,
        double writesPerSecond,
        boolean suspendedIsError,
        boolean guardedByPath) {

    /** Throws IllegalArgumentException that names the variable that is missing or wrong. */
    static Environment read(Map<String, String> env) {
        JsonObject options = JsonParser.parseString(env.getOrDefault("ZKLAB_OPTIONS", "{}")).getAsJsonObject();
        return new Environment(
                demand(env, "ZKLAB_CONTENDER"),
                Integer.parseInt(env.getOrDefault("ZKLAB_INCARNATION", "1")),
                demand(env, "ZKLAB_CONNECT"),
                demand(env, "ZKLAB_ELECTION_PATH"),
                demand(env, "ZKLAB_GUARDED_PATH"),
                Integer.parseInt(demand(env, "ZKLAB_SESSION_TIMEOUT_MS")),
                Double.parseDouble(demand(env, "ZKLAB_WRITES_PER_SECOND")),
                option(options, "errorPolicy", Set.of("standard", "session"), "standard").equals("standard"),
                option(options, "guard", Set.of("none", "path"), "none").equals("path"));
    }

    /** The prefix of its op ids, which never repeat, also over restarts. */
    String incarnationName() {
        return name + "#" + incarnation;
    }

    /** The one znode that guarded writes go to. */
    String statePath() {
        return guardedPath + "/state";
    }

    private static String demand(Map<String, String> env, String variable) {
        String value = env.get(variable);
        if (value != null && !value.isEmpty()) return value;
        throw new IllegalArgumentException("read the contender's environment: " + variable + " is missing");
    }

    private static String option(JsonObject options, String name, Set<String> known, String otherwise) {
        JsonElement given = options.get(name);
        String value = given == null ? otherwise : given.getAsString();
        if (known.contains(value)) return value;
        throw new IllegalArgumentException("ZKLAB_OPTIONS: " + name + ": " + value + " is none of " + known);
    }
}
