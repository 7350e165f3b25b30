package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.secateur.Fixtures;
import dev.secateur.model.Model;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompanionsTest {
  @TempDir private Path folder;
  private Path base;
  private Path target;

  @BeforeEach
  void makesABase() throws IOException {
    base = folder.resolve("base");
    target = folder.resolve("target");
    copy(Fixtures.resource("families/llama-mha/config.json"), base.resolve("config.json"));
    copy(
        Fixtures.resource("families/llama-mha/model.safetensors"),
        base.resolve("model.safetensors"));
  }

  private static void copy(Path file, Path target) throws IOException {
    Files.createDirectories(target.getParent());
    Files.copy(file, target);
  }

  private void put(String... names) throws IOException {
    for (String name : names) {
      Path file = base.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "content of " + name);
    }
  }

  private WrittenCheckpoint write() throws IOException {
    Checkpoint checkpoint = Checkpoint.open(base);
    try (Model model = CheckpointReader.load(checkpoint, Device.cpu())) {
      return CheckpointWriter.write(model, checkpoint, WrittenTypes.all(ElementType.F32), target);
    }
  }

  private List<String> written() throws IOException {
    try (Stream<Path> all = Files.walk(target)) {
      return all.filter(Files::isRegularFile)
          .map(file -> target.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void everySmallFileGoesAlongWithACheckpoint() throws IOException {
    put("ice_text.model", "tokenizer.model.v3", "tekken.json", "tokenizer.json", "LICENSE");
    put("tokenization_chatglm.py", "chat_template.json", "preprocessor_config.json");
    put("additional_chat_templates/tool_use.jinja", "NOTICE.md");
    assertThat(write().leftOut()).isEmpty();
    assertThat(written())
        .containsExactly(
            "LICENSE",
            "NOTICE.md",
            "additional_chat_templates/tool_use.jinja",
            "chat_template.json",
            "config.json",
            "ice_text.model",
            "model.safetensors",
            "preprocessor_config.json",
            "tekken.json",
            "tokenization_chatglm.py",
            "tokenizer.json",
            "tokenizer.model.v3");
    assertThat(target.resolve("additional_chat_templates/tool_use.jinja"))
        .hasContent("content of additional_chat_templates/tool_use.jinja");
  }

  @Test
  void whatIsOfTheBaseAloneStaysBehind() throws IOException {
    put("pytorch_model.bin", "model-00001-of-00002.safetensors", "model.safetensors.index.json");
    put("pytorch_model.bin.index.json", "consolidated.00.pth", "tf_model.h5", "model.Q4.GGUF");
    put("recipe.json", "artifact.json", "adapter_config.json", ".gitattributes", ".cache/note.txt");
    put("original/params.json", "original/consolidated.00.pth"); // another form of the base
    put("deep/deeper/file.txt");
    write();
    assertThat(written()).containsExactly("config.json", "model.safetensors");
  }

  @Test
  void nothingThatIsWrittenIsOverwritten() throws IOException {
    put("model.safetensors.txt", "kept.txt");
    Files.createDirectories(target);
    Files.writeString(target.resolve("kept.txt"), "already here");
    write();
    assertThat(target.resolve("kept.txt")).hasContent("already here");
    assertThat(Files.readString(target.resolve("config.json"))).contains("\"dtype\"");
  }

  @Test
  void linksOfTheHubsCacheAreFollowed() throws IOException {
    Path blob = Files.writeString(folder.resolve("blob"), "a licence");
    Files.createSymbolicLink(base.resolve("LICENSE"), blob);
    Path templates = Files.createDirectory(folder.resolve("templates"));
    Files.writeString(templates.resolve("rag.jinja"), "a template");
    Files.createSymbolicLink(base.resolve("additional_chat_templates"), templates);
    write();
    assertThat(target.resolve("LICENSE")).hasContent("a licence");
    assertThat(Files.isSymbolicLink(target.resolve("LICENSE"))).isFalse();
    assertThat(target.resolve("additional_chat_templates/rag.jinja")).hasContent("a template");
  }

  @Test
  void whatIsTooLargeOrLeadsNowhereIsNamed() throws IOException {
    try (RandomAccessFile large = new RandomAccessFile(base.resolve("table.txt").toFile(), "rw")) {
      large.setLength(Companions.LARGEST + 1);
    }
    Files.createSymbolicLink(base.resolve("gone.json"), folder.resolve("nowhere"));
    assertThat(write().lines())
        .containsExactly(
            base.resolve("gone.json") + ": not copied: no such file, or not a regular one",
            base.resolve("table.txt") + ": not copied: larger than 64 MiB",
            "stock transformers loads it, as 'llama'");
    assertThat(written()).containsExactly("config.json", "model.safetensors");
  }
}
