package zklab.contender;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** The contender's voice: contract lines on stdout, each written whole before the call returns. */
final class Emitter {
    private final FileOutputStream stdout = new FileOutputStream(FileDescriptor.out);
    private final Gson gson = new Gson();
    private long seq = 0;

    /** Stamps, numbers and writes one line; one thread at a time, so that `at` rises with `seq`. */
    synchronized void emit(String type, Map<String, ?> fields) {
        JsonObject line = new JsonObject();
        line.addProperty("type", type);
        line.addProperty("seq", seq++);
        // HotSpot on Linux reads CLOCK_MONOTONIC here, the clock of the whole lab.
        line.addProperty("at", Long.toString(System.nanoTime()));
        // Sorted, so that the raw output of two runs can be compared.
        new TreeMap<>(fields).forEach((name, value) -> line.add(name, gson.toJsonTree(value)));
        try {
            stdout.write((gson.toJson(line) + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException gone) {
            throw new UncheckedIOException("nobody listens to this contender", gone);
        }
    }
}
