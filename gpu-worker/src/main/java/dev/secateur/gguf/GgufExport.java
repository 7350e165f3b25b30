package dev.secateur.gguf;

import ai.djl.Device;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.Residency;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A checkpoint written as a GGUF file (version 3).
 *
 * @param architecture llama.cpp's name of the graph that computes it
 * @param tensors how many there are
 * @param notes what llama.cpp computes differently in some cases
 */
public record GgufExport(String architecture, int tensors, List<String> notes) {

  /**
   * Looks whether llama.cpp computes such a model.
   *
   * @throws dev.secateur.protocol.InputException when it does not, with the reason
   */
  public static void check(Decoder decoder) {
    new Description(decoder);
  }

  /**
   * Looks whether llama.cpp computes such a model and has the tokenizer of a folder.
   *
   * @throws dev.secateur.protocol.InputException when it does not, with the reason
   */
  public static void check(Decoder decoder, Path folder) throws IOException {
    check(decoder);
    Tokens.read(folder, decoder.vocabulary());
  }

  /** The same under the folder's name. */
  public static GgufExport write(Checkpoint checkpoint, GgufType type, Path target)
      throws IOException {
    return write(
        checkpoint,
        type,
        checkpoint.folder().toAbsolutePath().normalize().getFileName().toString(),
        target);
  }

  /**
   * Writes a file as a whole, tensor by tensor; matrices as {@code type}, or as F16 where their
   * rows are no whole blocks of it, vectors as F32.
   *
   * @param name what the file calls the model
   * @throws dev.secateur.protocol.InputException when llama.cpp computes no such model or has no
   *     such tokenizer, with the reason; nothing is written then
   */
  public static GgufExport write(Checkpoint checkpoint, GgufType type, String name, Path target)
      throws IOException {
    Description description = new Description(checkpoint.decoder());
    Tokens tokens = Tokens.read(checkpoint.folder(), checkpoint.decoder().vocabulary());
    GgufMetadata metadata = new GgufMetadata();
    description.state(metadata);
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
