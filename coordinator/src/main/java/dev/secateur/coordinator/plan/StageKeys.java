package dev.secateur.coordinator.plan;

import com.fasterxml.jackson.annotation.JsonIncludeProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.TextRef;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Content keys: the hash of everything that a stage's result depends on, and of nothing else. */
public final class StageKeys {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .registerModule(new Jdk8Module())
          .addMixIn(ModelRef.class, ByHash.class)
          .addMixIn(TextRef.class, ByHash.class);

  /** What counts by its hash, wherever it lies and whatever it is called. */
  @JsonIncludeProperties("sha256")
  private interface ByHash {}

  private StageKeys() {}

  /** The key of a stage in a version of the code. */
  static StageKey of(StageSpec spec, CodeVersion version) {
    try {
      String text = JSON.writeValueAsString(spec);
      return new StageKey(hash("secateur-stage-" + version + " " + text));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A hash of many keys. */
  static String digest(List<StageKey> keys) {
    return hash(String.join(" ", keys.stream().map(StageKey::value).toList()));
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
