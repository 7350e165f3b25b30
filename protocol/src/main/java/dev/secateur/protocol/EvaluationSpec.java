package dev.secateur.protocol;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Perplexity, accuracy on multiple-choice tasks, speed and texts of a model.
 *
 * @param tasks a folder of tasks, or the built-in one
 * @param choiceTasks tasks that the sweep declares
 * @param questions the most of a task
 * @param beginToken of the tasks' questions; absent in stages planned before there was a choice;
 *     they had none
 * @param perplexityBegin of the text; absent in stages planned before there was a choice; they had
 *     it at the start
 * @param precision of the computation; part of the key unless it is float32
 */
public record EvaluationSpec(
    ModelRef model,
    Subject subject,
    TextRef text,
    int window,
    int windows,
    Optional<TextRef> tasks,
    List<ChoiceTask> choiceTasks,
    int questions,
    Optional<LatencyProtocol> latency,
    Optional<Generation> generation,
    BeginToken beginToken,
    PerplexityBegin perplexityBegin,
    @UnlessFloat32 Precision precision)
    implements StageSpec {
  public EvaluationSpec {
    beginToken = beginToken == null ? BeginToken.NEVER : beginToken;
    perplexityBegin = perplexityBegin == null ? PerplexityBegin.START : perplexityBegin;
    precision = precision == null ? Precision.FLOAT32 : precision;
  }

  @Override
  public StageKind kind() {
    return StageKind.EVALUATION;
  }

  @Override
  public EvaluationSpec under(UnaryOperator<StageKey> keys) {
    return of(model, subject.under(keys));
  }

  /** The same of another model. */
  public EvaluationSpec of(ModelRef otherModel, Subject otherSubject) {
    return new EvaluationSpec(
        otherModel,
        otherSubject,
        text,
        window,
        windows,
        tasks,
        choiceTasks,
        questions,
        latency,
        generation,
        beginToken,
        perplexityBegin,
        precision);
  }

  /** The same without what only the last of a row of models is asked: speed and texts. */
  public EvaluationSpec onTheWay() {
    return new EvaluationSpec(
        model,
        subject,
        text,
        window,
        windows,
        tasks,
        choiceTasks,
        questions,
        Optional.empty(),
        Optional.empty(),
        beginToken,
        perplexityBegin,
        precision);
  }

  /** Only the perplexity of another text. */
  public EvaluationSpec ofText(TextRef otherText, int otherWindow, int otherWindows) {
    return new EvaluationSpec(
        model,
        subject,
        otherText,
        otherWindow,
        otherWindows,
        Optional.empty(),
        List.of(),
        Integer.MAX_VALUE,
        Optional.empty(),
        Optional.empty(),
        BeginToken.NEVER,
        perplexityBegin,
        precision);
  }

  /** Whether there are tasks. */
  public boolean hasTasks() {
    return tasks.isPresent() || !choiceTasks.isEmpty();
  }
}
