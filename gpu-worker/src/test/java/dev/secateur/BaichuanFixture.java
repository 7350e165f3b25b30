package dev.secateur;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.checkpoint.SafetensorsWriter.Tensor;
import dev.secateur.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;

/** A Baichuan checkpoint with the weights of the tiny LLaMA, queries, keys and values fused. */
public final class BaichuanFixture {
  private BaichuanFixture() {}

  /**
   * Writes the checkpoint.
   *
   * @param alibi whether it is as 13B, with linear biases instead of rotary positions
   */
  public static Path write(Path folder, boolean alibi) {
    Path llama = Fixtures.resource("families/llama-mha");
    try (SafetensorsFile file = SafetensorsFile.open(llama.resolve("model.safetensors"))) {
      ObjectNode config = (ObjectNode) Json.MAPPER.readTree(llama.resolve("config.json").toFile());
      config.put("model_type", "baichuan");
      config.remove(List.of("rope_parameters", "num_key_value_heads", "head_dim"));
      if (alibi) {
        config.remove("max_position_embeddings");
        config.put("model_max_length", 128);
      }
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("config.json"), config.toString());
      List<Tensor> tensors = new ArrayList<>();
      for (String name : file.tensors().keySet()) {
        if (name.contains("q_proj")) {
          double[] fused =
              DoubleStream.concat(
                      DoubleStream.of(file.reals(name)),
                      DoubleStream.concat(
                          DoubleStream.of(file.reals(name.replace("q_proj", "k_proj"))),
                          DoubleStream.of(file.reals(name.replace("q_proj", "v_proj")))))
                  .toArray();
          tensors.add(float32(name.replace("q_proj", "W_pack"), fused, 96, 32));
        } else if (!name.contains("k_proj") && !name.contains("v_proj")) {
          tensors.add(float32(name, file.reals(name), file.tensor(name).shape()));
        }
      }
      SafetensorsWriter.write(folder.resolve("model.safetensors"), Map.of(), tensors);
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Tensor float32(String name, double[] values, long... shape) {
    return new Tensor(
        name,
        ElementType.F32,
        shape,
        (start, count, target) -> {
          for (int i = 0; i < count; i++) {
            target.putFloat((float) values[(int) start + i]);
          }
        });
  }
}
