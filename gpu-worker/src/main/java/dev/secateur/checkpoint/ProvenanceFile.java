package dev.secateur.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * {@code provenance.json} beside weights: how they were made. It applies to these weights only;
 * models derived from them have their own, which may quote it.
 */
public final class ProvenanceFile {
  /** The name of the file. */
  public static final String NAME = "provenance.json";

  private static final long LARGEST = 16L << 20;

  private ProvenanceFile() {}

  /** Writes it whole or not at all. */
  public static void write(Path folder, JsonNode provenance) throws IOException {
    AtomicFile.write(
        folder.resolve(NAME),
        Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(provenance) + "\n");
  }

  /** What a folder says of its weights; nothing where that is missing, huge or no JSON object. */
  public static Optional<JsonNode> read(Path folder) {
    Path file = folder.resolve(NAME);
    try {
      return Files.isRegularFile(file) && Files.size(file) <= LARGEST
          ? Optional.of(Json.MAPPER.readTree(file.toFile())).filter(JsonNode::isObject)
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // whatever another tool calls so
    }
  }
}
