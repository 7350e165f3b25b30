package dev.secateur.coordinator.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Content keys: the hash of what a stage's result depends on, and of nothing else. */
public final class StageKeys {
  /**
   * Raised when a change to the code changes what some stage computes, so that old artifacts are
   * not reused.
   */
  static final String CODE_VERSION = "5";

  private static final ObjectMapper JSON = new ObjectMapper().registerModule(new Jdk8Module());

  private StageKeys() {}

  /**
   * The key of a stage. Models and texts count by their hash, wherever they lie and whatever they
   * are called.
   */
  public static StageKey of(StageSpec spec) {
    JsonNode tree = JSON.valueToTree(spec);
    keepHashesOnly(tree);
    return new StageKey(hash("secateur-stage-" + CODE_VERSION + " " + tree));
  }

  /** A hash of many keys. */
  static String digest(List<StageKey> keys) {
    return hash(String.join(" ", keys.stream().map(StageKey::value).toList()));
  }

  private static void keepHashesOnly(JsonNode node) {
    if (node instanceof ObjectNode object && object.has("sha256")) {
      object.retain("sha256");
    }
    node.forEach(StageKeys::keepHashesOnly);
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 20);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
