package dev.secateur.protocol;

import akka.actor.typed.ActorRef;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The requests of clients to the coordinator. */
public sealed interface CoordinatorProtocol extends CborSerializable {
  /**
   * Submits a plan. A plan whose digest equals that of an unfinished sweep is that sweep, and a key
   * that is known is the sweep it came with: its id is answered.
   *
   * @param sweep the id, should the sweep be new; that of a finished one runs it again
   * @param alone whether other unfinished sweeps are cancelled; what they computed is found again
   *     when they are resubmitted
   * @param priority its share of the workers, in proportion to those of others
   * @param origin {@link Origin#UNKNOWN} where the node that sends it is of an older version
   */
  record Submit(
      SweepId sweep,
      SweepPlan plan,
      String runFolder,
      boolean alone,
      int priority,
      IdempotencyKey key,
      Instant at,
      Origin origin,
      ActorRef<Submitted> replyTo)
      implements CoordinatorProtocol, CoordinatorMessage {
    public Submit {
      key = key == null ? IdempotencyKey.NONE : key;
      origin = origin == null ? Origin.UNKNOWN : origin;
    }
  }

  /**
   * A larger grid for a sweep; one that has ended is run again with it. The sender has made sure
   * that nothing of the sweep is missing from the plan.
   */
  record Extend(
      SweepId sweep, SweepPlan plan, Instant at, Origin origin, ActorRef<Submitted> replyTo)
      implements CoordinatorProtocol, CoordinatorMessage {}

  /** What became of a submission. */
  record Submitted(SweepId sweep, String runFolder, @JsonUnwrapped Verdict verdict)
      implements CoordinatorProtocol {
    /** Of a sweep that is new. */
    public static Submitted created(SweepId sweep, String runFolder) {
      return new Submitted(sweep, runFolder, new Verdict.Created());
    }

    /** Of one that was there. */
    public static Submitted known(SweepSummary sweep) {
      return new Submitted(
          sweep.sweep(), sweep.runFolder(), new Verdict.Known(sweep.name(), sweep.priority()));
    }

    public static Submitted refused(SweepId sweep, String runFolder, String why) {
      return new Submitted(sweep, runFolder, new Verdict.Refused(why));
    }

    /** Whether the sweep was there already. */
    public boolean resumed() {
      return verdict instanceof Verdict.Known;
    }

    /** Why the plan was not taken, where it was not. */
    public Optional<String> refusal() {
      return verdict instanceof Verdict.Refused refused
          ? Optional.of(refused.why())
          : Optional.empty();
    }
  }

  /** Whether a plan became a new sweep, was one already, or is refused. */
  sealed interface Verdict {
    @JsonCreator
    private static Verdict read(
        @JsonProperty("resumed") boolean resumed,
        @JsonProperty("refusal") String refusal,
        @JsonProperty("name") String name,
        @JsonProperty("priority") int priority) {
      if (refusal != null) {
        return new Refused(refusal);
      }
      return resumed ? new Known(name, priority) : new Created();
    }

    /** The sweep is new. */
    record Created() implements Verdict {
      @JsonProperty
      boolean resumed() {
        return false; // as it is written
      }
    }

    /**
     * The sweep was there already.
     *
     * @param name empty where the node is of an older version
     * @param priority 0 where the node is of an older version
     */
    record Known(String name, int priority) implements Verdict {
      public Known {
        name = name == null ? "" : name;
      }

      @JsonProperty
      boolean resumed() {
        return true;
      }
    }

    /** The plan is not taken. */
    record Refused(@JsonProperty("refusal") String why) implements Verdict {}
  }

  /** How sweeps stand; an older coordinator answers with all, whichever are asked for. */
  record ListSweeps(@JsonProperty("only") Wanted wanted, ActorRef<Sweeps> replyTo)
      implements CoordinatorProtocol, CoordinatorMessage {
    public ListSweeps {
      wanted = wanted == null ? new Wanted.All() : wanted;
    }
  }

  /** Which sweeps are asked for; written as the id of one, or null. */
  sealed interface Wanted {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    private static Wanted read(SweepId only) {
      return new Only(only);
    }

    /** All sweeps, unfinished ones first. */
    record All() implements Wanted {
      @JsonValue
      SweepId written() {
        return null;
      }
    }

    /** One sweep, if it is there. */
    record Only(@JsonValue SweepId sweep) implements Wanted {}
  }

  record Sweeps(List<SweepSummary> sweeps) implements CoordinatorProtocol {}

  /** Pauses, resumes, stops or cancels a sweep. */
  record Direct(SweepId sweep, Direction direction, ActorRef<Directed> replyTo)
      implements CoordinatorProtocol, CoordinatorMessage {}

  /**
   * @param done whether it was done; else {@code message} says why not
   */
  record Directed(boolean done, String message) implements CoordinatorProtocol {}

  /** Another share of the workers for an unfinished sweep. */
  record Reprioritize(SweepId sweep, int priority, ActorRef<Directed> replyTo)
      implements CoordinatorProtocol, CoordinatorMessage {}

  /** Nothing is to be known any more of a sweep that has ended. */
  record Delete(SweepId sweep, ActorRef<Directed> replyTo)
      implements CoordinatorProtocol, CoordinatorMessage {}

  /** All workers heard of lately. */
  record ListWorkers(ActorRef<Workers> replyTo)
      implements CoordinatorProtocol, CoordinatorMessage {}

  record Workers(List<WorkerSummary> workers) implements CoordinatorProtocol {}

  /** A worker gets no more tasks; the one it has it may finish. */
  record Drain(String worker, ActorRef<Directed> replyTo)
      implements CoordinatorProtocol, CoordinatorMessage {}

  /**
   * Removes something from the disk and the database of the active coordinator.
   *
   * @param dryRun whether it is only told what would go
   */
  record Collect(@JsonUnwrapped Garbage garbage, boolean dryRun, ActorRef<Collected> replyTo)
      implements CoordinatorProtocol, CoordinatorMessage {}

  /** What is to be removed. */
  @JsonPropertyOrder({"olderThan", "deleted"})
  sealed interface Garbage {
    /** What one of the functions makes of it, by its case. */
    <R> R as(Function<Unneeded, R> unneeded, Function<RestOf, R> rest);

    @JsonCreator
    private static Garbage read(
        @JsonProperty("olderThan") Optional<Duration> olderThan,
        @JsonProperty("deleted") Optional<SweepId> deleted) {
      return deleted
          .<Garbage>map(RestOf::new)
          .orElseGet(() -> new Unneeded(olderThan.orElse(Duration.ZERO)));
    }
  }

  /**
   * What no sweep needs.
   *
   * @param olderThan only what was not used for so long
   */
  record Unneeded(Duration olderThan) implements Garbage {
    @Override
    public <R> R as(Function<Unneeded, R> unneeded, Function<RestOf, R> rest) {
      return unneeded.apply(this);
    }

    @JsonProperty
    SweepId deleted() {
      return null; // as it is written
    }
  }

  /**
   * The results of a sweep that is deleted, or of which that is only tried, and the artifacts that
   * only it needs.
   */
  record RestOf(SweepId deleted) implements Garbage {
    @Override
    public <R> R as(Function<Unneeded, R> unneeded, Function<RestOf, R> rest) {
      return rest.apply(this);
    }

    @JsonProperty
    Duration olderThan() {
      return null; // as it is written
    }
  }

  /**
   * What was removed, by its sort.
   *
   * @param problem why nothing was removed, or not all of it; empty if all was
   * @param notice what stays for now, and why; empty if nothing does
   * @param left what was left behind of these, the largest; none where a node of an older version
   *     answers
   */
  record Collected(
      List<Removed> removed,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) String problem,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) String notice,
      List<Leftover> left)
      implements CoordinatorProtocol {
    public Collected {
      problem = problem == null ? "" : problem;
      notice = notice == null ? "" : notice;
      left = left == null ? List.of() : left;
    }

    public Collected(List<Removed> removed, String problem) {
      this(removed, problem, "", List.of());
    }
  }

  /**
   * Something that was left behind.
   *
   * @param sort as of {@link Removed}
   * @param node {@code coordinator}, or a worker that has it
   */
  record Leftover(String sort, String node, String path, long bytes) {}

  /**
   * @param sort what it was, such as {@code artifacts}
   * @param count how many
   * @param bytes of these
   * @param before bytes of all of that sort before
   */
  record Removed(String sort, long count, long bytes, long before) {}

  /** A worker that was to get no more tasks gets some again. */
  record Undrain(String worker, ActorRef<Directed> replyTo)
      implements CoordinatorProtocol, CoordinatorMessage {}

  /** What a client may want of a sweep. */
  enum Direction implements Labelled {
    /** No new tasks. */
    PAUSE,
    RESUME,
    /** No new tasks, and the end once those that run are done. */
    STOP,
    /** The end, now. */
    CANCEL,
    /** New attempts for what has failed, while the rest goes on. */
    RETRY_FAILED
  }
}
