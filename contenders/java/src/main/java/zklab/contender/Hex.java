package zklab.contender;

/** Zxids and session ids as the contract writes them. */
final class Hex {
    private Hex() {}

    static String zxid(long zxid) {
        return "0x" + Long.toHexString(zxid);
    }

    static String session(long id) {
        return String.format("0x%016x", id);
    }
}
