package dev.secateur.coordinator.report;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.secateur.protocol.Labelled;
import dev.secateur.protocol.SweepEvent;
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
 * @param reason why it failed, or is not recovered; empty otherwise
 * @param stages inputs before the stages that read them
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record TrialStory(
    String sweep,
    int trial,
    String words,
    String status,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) String reason,
    List<StageStory> stages) {

  /**
   * A stage that the trial needs. The written form also has what its standing and its attempts
   * imply: status, times and metrics.
   *
   * @param words what people call it
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_ABSENT)
  @JsonPropertyOrder({
    "stage",
    "kind",
    "words",
    "status",
    "reused",
    "begun",
    "ended",
    "seconds",
    "metrics",
    "attempts"
  })
  public record StageStory(
      String stage,
      String kind,
      String words,
      @JsonIgnore Standing standing,
      List<Attempt> attempts) {
    /** Waiting, running, done or failed. */
    @JsonProperty
    public String status() {
      return standing.status();
    }

    /** Whether its artifact was there already. */
    @JsonProperty
    public boolean reused() {
      return standing.reused();
    }

    /** When its first attempt was. */
    @JsonProperty
    public Optional<Instant> begun() {
      return attempts.stream().map(Attempt::begun).findFirst();
    }

    /** When it was done or had failed. */
    @JsonProperty
    public Optional<Instant> ended() {
      return standing.isSettled() && !attempts.isEmpty()
          ? attempts.get(attempts.size() - 1).ended()
          : Optional.empty();
    }

    /** What computing it took. */
    @JsonProperty
    public Optional<Double> seconds() {
      return standing.seconds();
    }

    @JsonProperty
    public Map<String, Double> metrics() {
      return standing.metrics();
    }

    /** How far it has come. */
    public sealed interface Standing {
      String status();

      /** Whether the journal tells of work at it. */
      default boolean isBegun() {
        return true;
      }

      default boolean isSettled() {
        return true;
      }

      default boolean reused() {
        return false;
      }

      default Optional<Double> seconds() {
        return Optional.empty();
      }

      default Map<String, Double> metrics() {
        return Map.of();
      }

      enum WithoutResult implements Standing, Labelled {
        WAITING,
        RUNNING,
        FAILED;

        @Override
        public String status() {
          return label();
        }

        @Override
        public boolean isBegun() {
          return this != WAITING;
        }

        @Override
        public boolean isSettled() {
          return this == FAILED;
        }
      }

      /** It was done before the first event that was heard. */
      record Found() implements Standing {
        @Override
        public String status() {
          return "done";
        }

        @Override
        public boolean isBegun() {
          return false;
        }

        @Override
        public boolean reused() {
          return true;
        }
      }

      record Done(SweepEvent.StageCompleted result) implements Standing {
        @Override
        public String status() {
          return "done";
        }

        @Override
        public boolean reused() {
          return result.reused();
        }

        @Override
        public Optional<Double> seconds() {
          return Optional.of(result.seconds());
        }

        @Override
        public Map<String, Double> metrics() {
          return result.metrics();
        }
      }
    }
  }

  /**
   * A task. The written form also has what its course implies: its end, outcome and reason.
   *
   * @param sweep for which it was given, which may be another that needs the same
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_ABSENT)
  @JsonPropertyOrder({"attempt", "worker", "sweep", "begun", "ended", "outcome", "reason"})
  public record Attempt(
      int attempt, String worker, String sweep, Instant begun, @JsonIgnore Course course) {
    @JsonProperty
    public Optional<Instant> ended() {
      return course.ended();
    }

    /** Running, completed, reused, or the label of how it ended without a result. */
    @JsonProperty
    public String outcome() {
      return course.outcome();
    }

    /** Why it ended without a result. */
    @JsonProperty
    public Optional<String> reason() {
      return course.reason();
    }

    boolean isRunning() {
      return course instanceof Course.Running;
    }

    Attempt with(Course other) {
      return new Attempt(attempt, worker, sweep, begun, other);
    }

    /** What has become of it. */
    public sealed interface Course {
      String outcome();

      default Optional<Instant> ended() {
        return Optional.empty();
      }

      default Optional<String> reason() {
        return Optional.empty();
      }

      record Running() implements Course {
        @Override
        public String outcome() {
          return "running";
        }
      }

      /** It has a result, which may have been there already. */
      record Completed(Instant end, boolean reused) implements Course {
        @Override
        public String outcome() {
          return reused ? "reused" : "completed";
        }

        @Override
        public Optional<Instant> ended() {
          return Optional.of(end);
        }
      }

      /** How an attempt ends without a result. */
      enum Ending implements Labelled {
        RETRIED,
        FAILED,
        GIVEN_BACK,
        EXPIRED,
        CRASHED,
        INPUT_LOST
      }

      /** It ended without a result. */
      record Unsuccessful(Instant end, Ending how, String why) implements Course {
        @Override
        public String outcome() {
          return how.label();
        }

        @Override
        public Optional<Instant> ended() {
          return Optional.of(end);
        }

        @Override
        public Optional<String> reason() {
          return Optional.of(why);
        }
      }
    }
  }
}
