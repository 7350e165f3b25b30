package dev.secateur.climbing;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.json.Json;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Stores a climb between moves, so that a killed one can resume: a safetensors file with only a
 * header, which is replaced as a whole.
 *
 * @param identity of the climb; a file of another climb is refused
 */
public record ClimbFile(Path file, String identity) {
  private static final String CLIMB = "climb";
  private static final String IDENTITY = "identity";

  /** Keeps it. */
  public void write(Climb climb) {
    try {
      SafetensorsWriter.write(
          file,
          Map.of(IDENTITY, identity, CLIMB, Json.MAPPER.writeValueAsString(climb)),
          List.of());
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": the climb's state can't be saved", e);
    }
  }

  /**
   * What was kept last; nothing where nothing was.
   *
   * @throws InputException when the file is of another climb, or no climb's
   */
  public Optional<Climb> read() {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try (SafetensorsFile saved = SafetensorsFile.open(file)) {
      String climb = saved.metadata().get(CLIMB);
      if (climb == null || !identity.equals(saved.metadata().get(IDENTITY))) {
        throw new InputException(
            file + ": belongs to a climb with other settings; remove it to start over");
      }
      return Optional.of(Json.MAPPER.readValue(climb, Climb.class));
    } catch (JsonProcessingException e) {
      throw new InputException(file + ": is not the state of a climb; remove it to start over", e);
    }
  }

  /** Removes what was kept of a climb that is done. */
  public void delete() throws IOException {
    Files.deleteIfExists(file);
  }
}
