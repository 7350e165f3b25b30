package dev.secateur.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.model.Decoder;
import dev.secateur.model.PrunedDecoder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/**
 * The Python file that goes with a checkpoint whose sizes no class of transformers has: with {@code
 * trust_remote_code=True} it builds the family's class and narrows it to the shapes that the config
 * states.
 */
final class RemoteCode {
  static final String FILE = "modeling_secateur.py";

  private static final String MAP = "auto_map";
  private static final String FOR = "AutoModelForCausalLM";
  private static final String CLASS = "modeling_secateur.SecateurForCausalLM";

  private RemoteCode() {}

  /** Whether it can load the decoder's models: those of families that transformers has. */
  static boolean serves(Decoder decoder, ObjectNode config) {
    return config.has(PrunedDecoder.KEY) && decoder.hasStockClass();
  }

  /** Names the class in the config. */
  static void name(ObjectNode config) {
    config.withObject("/" + MAP).put(FOR, CLASS);
  }

  /** Takes the class's name out of the config of a base, if it is there. */
  static void forget(ObjectNode config) {
    if (config.path(MAP).path(FOR).asText().endsWith(CLASS)) {
      config.withObject("/" + MAP).remove(FOR);
      if (config.path(MAP).isEmpty()) {
        config.remove(MAP);
      }
    }
  }

  static void write(Path folder) throws IOException {
    try (InputStream code = RemoteCode.class.getResourceAsStream(FILE)) {
      AtomicFile.write(folder.resolve(FILE), code.readAllBytes());
    }
  }
}
