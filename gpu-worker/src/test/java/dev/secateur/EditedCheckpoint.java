package dev.secateur;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.CheckpointTensors;
import dev.secateur.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** A copy of a tiny checkpoint whose config and tensors a test changes. */
public final class EditedCheckpoint {
  private final Path folder;

  private EditedCheckpoint(Path folder) {
    this.folder = folder;
  }

  /** A copy of the test checkpoint of a family, in a folder of that name. */
  public static EditedCheckpoint of(String family, Path parent) {
    Path source = Fixtures.resource("families/" + family);
    Path folder = parent.resolve(family);
    try {
      Files.createDirectories(folder);
      for (String name : List.of("config.json", "model.safetensors")) {
        Files.write(folder.resolve(name), Files.readAllBytes(source.resolve(name)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new EditedCheckpoint(folder);
  }

  public Path folder() {
    return folder;
  }

  /** Changes the config. */
  public EditedCheckpoint config(Consumer<ObjectNode> edit) {
    Path file = folder.resolve("config.json");
    try {
      ObjectNode config = (ObjectNode) Json.MAPPER.readTree(file.toFile());
      edit.accept(config);
      Files.writeString(file, config.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** Changes the tensors. */
  public EditedCheckpoint tensors(Consumer<CheckpointTensors> edit) {
    Path file = folder.resolve("model.safetensors");
    CheckpointTensors tensors = CheckpointTensors.read(file);
    edit.accept(tensors);
    tensors.write(file);
    return this;
  }
}
