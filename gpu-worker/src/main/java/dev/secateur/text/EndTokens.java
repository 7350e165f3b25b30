package dev.secateur.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.json.Json;
import dev.secateur.model.ModelConfig;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The tokens that end a generated text: {@code eos_token_id}, one id or a list. As in transformers,
 * {@code generation_config.json} alone defines them if the checkpoint has one, otherwise {@code
 * config.json}.
 */
final class EndTokens {
  private static final String GENERATION = "generation_config.json";
  private static final String KEY = "eos_token_id";

  private EndTokens() {}

  /**
   * @throws InputException when a file can't be read, or an id in either of them is none
   */
  static Set<Long> read(Path folder, ModelConfig config) throws IOException {
    Set<Long> ofConfig = ids(config.json().path(KEY), config.file());
    Path file = folder.resolve(GENERATION);
    return Files.isRegularFile(file) ? ids(json(file).path(KEY), file) : ofConfig;
  }

  private static JsonNode json(Path file) throws IOException {
    try {
      JsonNode json = Json.MAPPER.readTree(Files.readString(file));
      if (json.isObject()) {
        return json;
      }
    } catch (JsonProcessingException e) {
      throw new InputException(file + ": not valid JSON", e);
    }
    throw new InputException(file + ": not a JSON object");
  }

  private static Set<Long> ids(JsonNode named, Object file) {
    if (named.isMissingNode() || named.isNull()) {
      return Set.of();
    }
    Set<Long> ids = new LinkedHashSet<>();
    for (JsonNode id : named.isArray() ? named : List.of(named)) {
      if (!id.isIntegralNumber() || !id.canConvertToLong() || id.asLong() < 0) {
        throw new InputException(
            file
                + ": '"
                + KEY
                + "' is "
                + named
                + "; it must be the id of a token, or a list of them");
      }
      ids.add(id.asLong());
    }
    return Set.copyOf(ids);
  }
}
