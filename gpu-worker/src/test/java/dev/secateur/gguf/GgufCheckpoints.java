package dev.secateur.gguf;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.checkpoint.SafetensorsWriter.Tensor;
import dev.secateur.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The families' tiny checkpoints with a tokenizer each, and as published ones are where that
 * matters to llama.cpp.
 */
final class GgufCheckpoints {
  /** What the name of GPT-NeoX ends with whose MLPs read what attention has added. */
  private static final String SEQUENTIAL = "-sequential";

  private final Path folder;

  GgufCheckpoints(Path folder) {
    this.folder = folder;
  }

  Path of(String name) throws IOException {
    Path target = folder.resolve(name);
    if (Files.exists(target)) {
      return target;
    }
    Path source = Fixtures.resource("families/" + name.replace(SEQUENTIAL, ""));
    Files.createDirectories(target);
    ObjectNode config = (ObjectNode) Json.MAPPER.readTree(source.resolve("config.json").toFile());
    if (name.endsWith(SEQUENTIAL)) {
      config.put("use_parallel_residual", false);
    } else if (name.equals("mistral")) {
      config.putNull("sliding_window"); // which llama.cpp does not compute
    } else if (name.equals("gpt-oss")) {
      config.withObject("/rope_parameters").put("truncate", true); // nor what is between channels
    } else if (name.equals("olmoe")) {
      config.put("num_key_value_heads", config.path("num_attention_heads").asInt());
    }
    Files.writeString(target.resolve("config.json"), config.toString());
    if (name.equals("olmoe")) {
      writeWithoutGroups(source, target);
    } else {
      Files.copy(source.resolve("model.safetensors"), target.resolve("model.safetensors"));
    }
    int count = config.path("vocab_size").asInt();
    Files.writeString(target.resolve("tokenizer.json"), bytewise(count).toString());
    return target;
  }

  /** With the embedding as its output layer too. */
  Path tied(String name) throws IOException {
    Path source = Fixtures.resource("families/" + name);
    Path target = Files.createDirectories(folder.resolve(name + "-tied"));
    ObjectNode config = (ObjectNode) Json.MAPPER.readTree(source.resolve("config.json").toFile());
    Files.writeString(
        target.resolve("config.json"), config.put("tie_word_embeddings", true).toString());
    Files.writeString(
        target.resolve("tokenizer.json"), bytewise(config.path("vocab_size").asInt()).toString());
    try (SafetensorsFile file = SafetensorsFile.open(source.resolve("model.safetensors"))) {
      List<Tensor> tensors = new ArrayList<>();
      for (String tensor : file.tensors().keySet()) {
        if (!tensor.equals("lm_head.weight")) {
          tensors.add(float32(tensor, file.reals(tensor), file.tensor(tensor).shape()));
        }
      }
      SafetensorsWriter.write(target.resolve("model.safetensors"), Map.of(), tensors);
    }
    return target;
  }

  /** Each key/value head twice, so that there is one to a query head: the same model. */
  private static void writeWithoutGroups(Path source, Path target) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(source.resolve("model.safetensors"))) {
      List<Tensor> tensors = new ArrayList<>();
      for (String name : file.tensors().keySet()) {
        double[] values = file.reals(name);
        long[] shape = file.tensor(name).shape();
        if (name.contains("k_proj") || name.contains("v_proj") || name.contains("k_norm")) {
          values = headsTwice(values, values.length / 2);
          shape[0] *= 2;
        }
        tensors.add(float32(name, values, shape));
      }
      SafetensorsWriter.write(target.resolve("model.safetensors"), Map.of(), tensors);
    }
  }

  private static double[] headsTwice(double[] values, int head) {
    double[] twice = new double[2 * values.length];
    for (int i = 0; i < twice.length; i++) {
      twice[i] = values[i / (2 * head) * head + i % head];
    }
    return twice;
  }

  private static Tensor float32(String name, double[] values, long... shape) {
    return new Tensor(
        name,
        ElementType.F32,
        shape,
        (start, count, bytes) -> {
          for (int i = 0; i < count; i++) {
            bytes.putFloat((float) values[(int) start + i]);
          }
        });
  }

  /** A byte-level tokenizer of so many tokens, each a character. */
  static ObjectNode bytewise(int count) {
    ObjectNode tokenizer = Json.MAPPER.createObjectNode().put("version", "1.0");
    tokenizer.putArray("added_tokens");
    for (String step : List.of("pre_tokenizer", "decoder")) {
      tokenizer
          .putObject(step)
          .put("type", "ByteLevel")
          .put("add_prefix_space", false)
          .put("trim_offsets", true);
    }
    ObjectNode model = tokenizer.putObject("model").put("type", "BPE");
    ObjectNode vocabulary = model.putObject("vocab");
    for (int id = 0; id < count; id++) {
      vocabulary.put(Character.toString(id < 94 ? '!' + id : 0x100 + id - 94), id);
    }
    model.putArray("merges");
    return tokenizer;
  }
}
