package zklab.contender;

import com.google.gson.JsonObject;

/** Orders terms: czxid and path of the latch node that won. */
record Token(long czxid, String path) {
    JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("czxid", Hex.zxid(czxid));
        json.addProperty("path", path);
        return json;
    }
}
