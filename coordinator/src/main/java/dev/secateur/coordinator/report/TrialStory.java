package dev.secateur.coordinator.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A trial's history, stage by stage, from the journal.
 *
 * @param trial its index
 * @param words its model and point
 * @param status waiting, running, completed or failed
 * @param reason why it failed, or is not recovered
 * @param stages inputs before the stages that read them
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record TrialStory(
    String sweep,
    int trial,
    String words,
    String status,
    Optional<String> reason,
    List<StageStory> stages) {

  /**
   * A stage that the trial needs.
   *
   * @param words what people call it
   * @param status waiting, running, done or failed
   * @param reused whether its artifact was there already
   * @param begun when its first attempt was
   * @param ended when it was done or had failed
   * @param seconds what computing it took
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_ABSENT)
  public record StageStory(
      String stage,
      String kind,
      String words,
      String status,
      boolean reused,
      Optional<Instant> begun,
      Optional<Instant> ended,
      Optional<Double> seconds,
      Map<String, Double> metrics,
      List<Attempt> attempts) {}

  /**
   * A task.
   *
   * @param sweep for which it was given, which may be another that needs the same
   * @param outcome running, completed, reused, retried, failed, given-back, expired, crashed or
   *     input-lost
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_ABSENT)
  public record Attempt(
      int attempt,
      String worker,
      String sweep,
      Instant begun,
      Optional<Instant> ended,
      String outcome,
      Optional<String> reason) {
    Attempt with(Instant end, String how, Optional<String> why) {
      return new Attempt(attempt, worker, sweep, begun, Optional.of(end), how, why);
    }
  }
}
