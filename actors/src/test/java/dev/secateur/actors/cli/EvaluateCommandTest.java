package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.coordinator.json.Json;
import dev.secateur.source.demo.DemoModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code evaluate} and {@code recover} as users have them, but in this process. */
class EvaluateCommandTest {
  @TempDir private Path folder;
  private Path demo;
  private Path text;
  private Path tasks;
  private final StringWriter talk = new StringWriter();

  @BeforeEach
  void write() throws IOException {
    demo = DemoModel.extract(folder);
    text = Files.writeString(folder.resolve("text.txt"), "the bird sings at night. ".repeat(40));
    tasks = Files.createDirectory(folder.resolve("tasks"));
    Files.writeString(
        tasks.resolve("piqa.jsonl"),
        "{\"goal\": \"eat\", \"sol1\": \"with a spoon\", \"sol2\": \"by night\", \"label\": 0}\n");
  }

  private String run(Object command, Object... arguments) {
    StringWriter out = new StringWriter();
    CommandLine line = new CommandLine(command);
    Labels.register(line);
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(talk));
    line.setExecutionExceptionHandler(
        (error, at, parsed) -> {
          at.getErr().println(error.getMessage());
          return 1;
        });
    List<String> all = new ArrayList<>(List.of("--work", folder.resolve("work").toString()));
    List.of(arguments).forEach(argument -> all.add(argument.toString()));
    line.execute(all.toArray(String[]::new));
    return out.toString();
  }

  private JsonNode evaluated(Object... settings) throws IOException {
    List<Object> all =
        new ArrayList<>(
            List.of(demo, "--perplexity", text, "--window", 16, "--tasks", tasks, "--json"));
    all.addAll(List.of(settings));
    return Json.MAPPER.readTree(run(new EvaluateCommand(), all.toArray()));
  }

  private static JsonNode perplexity(JsonNode evaluated) {
    return evaluated.path("perplexity").elements().next();
  }

  @Test
  void namesTheBeginTokensOfWhatItMeasures() throws IOException {
    JsonNode usual = evaluated();
    assertThat(perplexity(usual).path("perplexity_begin").asText()).isEqualTo("start");
    assertThat(perplexity(usual).path("begin_tokens")).hasToString("[\"<s>\"]");
    assertThat(perplexity(usual).path("protocol").asText())
        .isEqualTo("begin-of-sequence token <s> at the start, incomplete last window dropped");
    assertThat(usual.path("begin_token").asText()).isEqualTo("tokenizer");
    assertThat(usual.path("begin_tokens")).as("the demo's adds none").isEmpty();
    JsonNode all = evaluated("--perplexity-begin", "window", "--begin-token", "always");
    assertThat(perplexity(all).path("protocol").asText())
        .startsWith("begin-of-sequence token <s> before every");
    assertThat(perplexity(all).path("perplexity").asDouble())
        .isNotEqualTo(perplexity(usual).path("perplexity").asDouble());
    assertThat(all.path("begin_tokens")).hasToString("[\"<s>\"]");
    assertThat(run(new EvaluateCommand(), demo, "--perplexity", text, "--perplexity-begin", "none"))
        .contains("tokens scored, no begin-of-sequence token)");
  }

  @Test
  void saysOfNoTokenizerThatItHasABeginTokenThatItDoesNotHave() throws IOException {
    for (String name : List.of("config.json", "tokenizer_config.json")) {
      ObjectNode json = (ObjectNode) Json.MAPPER.readTree(demo.resolve(name).toFile());
      json.remove(List.of("bos_token", "bos_token_id"));
      Files.writeString(demo.resolve(name), Json.MAPPER.writeValueAsString(json));
    }
    assertThat(perplexity(evaluated()).path("begin_tokens")).isEmpty();
    assertThat(run(new EvaluateCommand(), demo, "--perplexity", text, "--tasks", tasks))
        .contains("tokens scored, no begin-of-sequence token)")
        .contains("questions start with no begin-of-sequence token (--begin-token tokenizer)");
    run(new EvaluateCommand(), demo, "--tasks", tasks, "--begin-token", "always");
    assertThat(talk.toString())
        .contains(
            demo
                + ": the tokenizer has no begin-of-sequence token, which begin-token 'always'"
                + " requires");
  }

  @Test
  void recoverSaysWhichRowsAreLeftOutAndThatTheWarmupIsTooLong() throws IOException {
    String longer = "{\"instruction\": \"" + "word ".repeat(99) + "\", \"output\": \"yes\"}\n";
    String shorter = "{\"instruction\": \"Say a word.\", \"output\": \"word\"}\n";
    Path data = Files.writeString(folder.resolve("d.jsonl"), longer.repeat(3) + shorter.repeat(2));
    Object[] settings = {
      demo,
      "--data",
      data,
      "--template",
      "plain",
      "--cutoff",
      32,
      "--steps",
      1,
      "--batch",
      2,
      "--micro-batch",
      2,
      "--warmup",
      9,
      "--out",
      folder.resolve("adapter")
    };
    assertThat(run(new RecoverCommand(), settings)).contains("1 steps");
    assertThat(talk.toString())
        .contains(data + ": 3 of 5 rows are left out: no token of their answer is within the")
        .contains("the warm-up of 9 steps is longer than the training of 1");
    Files.writeString(data, longer.repeat(4));
    settings[settings.length - 1] = folder.resolve("other");
    run(new RecoverCommand(), settings);
    assertThat(talk.toString())
        .contains(data + ": none of 4 rows has a token of its answer within the cutoff of 32");
  }
}
