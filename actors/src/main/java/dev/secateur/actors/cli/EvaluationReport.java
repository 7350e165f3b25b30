package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.actors.cli.AlignedTable.Head;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.evaluation.TaskResult;
import dev.secateur.evaluation.ZeroShot;
import dev.secateur.json.Json;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.PerplexityBegin;
import dev.secateur.protocol.Precision;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What {@code secateur evaluate} measured.
 *
 * @param perplexities by text
 * @param questions of the tasks
 * @param results by task
 */
record EvaluationReport(
    Precision compute,
    Perplexity.Protocol protocol,
    Begin begin,
    Map<String, Perplexity> perplexities,
    List<ZeroShot.Questions> questions,
    Map<String, TaskResult> results) {
  /**
   * How texts and questions begin.
   *
   * @param textTokens what the begin tokens of texts are called; empty where there is none
   * @param questionTokens what those of questions are called
   */
  record Begin(
      PerplexityBegin text,
      List<String> textTokens,
      BeginToken question,
      List<String> questionTokens) {
    private static String words(List<String> tokens) {
      return tokens.isEmpty()
          ? "no begin-of-sequence token"
          : "begin-of-sequence token " + String.join(" ", tokens);
    }

    private String ofTexts() {
      String where = text == PerplexityBegin.WINDOW ? " before every window" : " at the start";
      return words(textTokens) + (textTokens.isEmpty() ? "" : where);
    }

    private String ofQuestions() {
      return words(questionTokens);
    }
  }

  ObjectNode json() {
    ObjectNode root = Json.object();
    root.put("compute", compute.label());
    ObjectNode texts = root.putObject("perplexity");
    perplexities.forEach(
        (text, found) ->
            texts
                .putObject(text)
                .put("perplexity", found.perplexity())
                .put("tokens", found.tokens())
                .put("windows", found.windows())
                .put("window", protocol.window())
                .put("stride", protocol.stride())
                .put("protocol", begin.ofTexts() + ", incomplete last window dropped")
                .put("perplexity_begin", begin.text().label())
                .set("begin_tokens", Json.MAPPER.valueToTree(begin.textTokens())));
    ObjectNode tasks = root.putObject("tasks");
    results.forEach((task, result) -> tasks.set(task, Json.MAPPER.valueToTree(result)));
    if (!results.isEmpty()) {
      root.put("average", ZeroShot.average(questions, results));
      root.put("begin_token", begin.question().label());
      root.set("begin_tokens", Json.MAPPER.valueToTree(begin.questionTokens()));
    }
    return root;
  }

  void print(PrintWriter out) {
    perplexities.forEach(
        (text, found) ->
            out.printf(
                Locale.ROOT,
                "perplexity %.4f of %s (%d windows of %d, %d tokens scored, %s)%n",
                found.perplexity(),
                text,
                found.windows(),
                protocol.window(),
                found.tokens(),
                begin.ofTexts()));
    if (!results.isEmpty()) {
      printTasks(out);
    }
  }

  private void printTasks(PrintWriter out) {
    AlignedTable table =
        new AlignedTable(
            Head.words("task"),
            Head.numbers("acc"),
            Head.numbers("+-"),
            Head.numbers("acc_norm"),
            Head.numbers("n"),
            Head.numbers("truncated"));
    results.forEach(
        (task, result) ->
            table.add(
                task,
                share(result.acc()),
                share(result.accStderr()),
                result.accNorm().map(EvaluationReport::share).orElse("-"),
                result.n(),
                result.truncated()));
    table.print(out);
    out.printf(
        Locale.ROOT,
        "average %.4f (acc_norm for hellaswag, arc_challenge, openbookqa; acc for the others)%n",
        ZeroShot.average(questions, results));
    out.printf(
        "questions start with %s (--begin-token %s)%n",
        begin.ofQuestions(), begin.question().label());
  }

  private static String share(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }
}
