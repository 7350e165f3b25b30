package dev.secateur.gguf;

import ai.djl.Device;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.Residency;
import dev.secateur.model.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A checkpoint written as a GGUF file (version 3).
 *
 * @param architecture the graph of llama.cpp that computes it
 * @param tensors how many there are
 * @param notes what llama.cpp does otherwise in some cases
 */
public record GgufExport(String architecture, int tensors, List<String> notes) {

  /**
   * Writes a file as a whole, tensor by tensor; matrices as {@code type}, or as F16 where their
   * rows are no whole blocks of it, vectors as F32.
   *
   * @throws dev.secateur.protocol.InputException when llama.cpp computes no such model or has no
   *     such tokenizer, with the reason; nothing is written then
   */
  public static GgufExport write(Checkpoint checkpoint, GgufType type, Path target)
      throws IOException {
    Description description = new Description(checkpoint.decoder());
    Tokens tokens = Tokens.read(checkpoint.folder(), checkpoint.decoder().vocabulary());
    GgufMetadata metadata = new GgufMetadata();
    description.state(metadata);
    String name = checkpoint.folder().toAbsolutePath().normalize().getFileName().toString();
    if (!tokens.contradict(name)) {
      metadata.text("general.name", name);
    }
    metadata.number("general.file_type", type.fileNumber());
    metadata.number("general.quantization_version", 2);
    tokens.state(metadata);
    try (Model model = CheckpointReader.open(checkpoint, Device.cpu(), Residency.STREAMED)) {
      List<GgufTensor> tensors = new ArrayList<>(description.positions().factors());
      tensors.addAll(new Weights(model, description, type).tensors());
      GgufFile.write(target, metadata, tensors);
      List<String> notes = new ArrayList<>(description.notes());
      notes.addAll(tokens.notes());
      return new GgufExport(description.architecture().name(), tensors.size(), List.copyOf(notes));
    }
  }
}
