package dev.secateur;

import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.secateur.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The llama.cpp that the npm package node-llama-cpp ships. The environment variable {@code
 * SECATEUR_LLAMA} names the {@code node_modules} that has it ({@code npm install
 * node-llama-cpp@3.22.1}); a test skips, and says what is missing, where there is none.
 */
public final class LlamaCpp {
  private static final String VARIABLE = "SECATEUR_LLAMA";
  private static final int SECONDS = 600;

  private final Path modules;

  private LlamaCpp(Path modules) {
    this.modules = modules;
  }

  /**
   * What is asked of a model.
   *
   * @param prompt token ids to be continued; none for nothing
   * @param texts to be cut into tokens
   */
  public record Question(Path file, long[] prompt, List<String> texts) {}

  /** It, if it is there; else the calling test skips. */
  public static LlamaCpp there() {
    String named = System.getenv(VARIABLE);
    if (named == null || !Files.isDirectory(Path.of(named, "node-llama-cpp"))) {
      return abort(VARIABLE + " names no node_modules with node-llama-cpp: skipped");
    }
    return new LlamaCpp(Path.of(named));
  }

  /** Greedy tokens, probabilities and ids, as llama.mjs tells them. */
  public JsonNode answers(List<Question> questions, Path folder) throws IOException {
    ArrayNode asked = Json.MAPPER.createArrayNode();
    for (Question question : questions) {
      var node = asked.addObject().put("file", question.file.toString());
      ArrayNode prompt = node.putArray("prompt");
      for (long id : question.prompt) {
        prompt.add(id);
      }
      question.texts.forEach(node.putArray("texts")::add);
    }
    Path file = folder.resolve("asked.json");
    Path out = folder.resolve("answers.json");
    Path err = folder.resolve("llama.err");
    Files.writeString(file, asked.toString());
    Process process =
        new ProcessBuilder(
                "node",
                Fixtures.resource("node/llama.mjs").toString(),
                modules.toString(),
                file.toString())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    try {
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new AssertionError("llama.mjs failed: " + Files.readString(err));
      }
      return Json.MAPPER.readTree(out.toFile());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      process.destroyForcibly();
    }
  }
}
