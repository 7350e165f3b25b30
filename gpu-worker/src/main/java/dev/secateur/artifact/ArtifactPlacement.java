package dev.secateur.artifact;

import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.Labelled;
import dev.secateur.protocol.StageSpec.StageKind;
import java.util.Set;

/**
 * Decides which artifacts a worker uploads to the coordinator's store, and which stay where they
 * were made: a checkpoint has the size of a model, and each copy costs disk space and time.
 *
 * @param large bytes above which an artifact counts as large
 */
public record ArtifactPlacement(Place place, long large) {
  /** Large artifacts, of more than a gibibyte, stay. */
  public static final ArtifactPlacement USUAL = new ArtifactPlacement(Place.AUTO, 1L << 30);

  private static final Set<StageKind> CHECKPOINTS = Set.of(StageKind.EXPORT, StageKind.TRAINING);

  /** Where what stages write is kept. */
  public enum Place implements Labelled {
    /** Large artifacts stay, all others go to the coordinator. */
    AUTO,
    /** Checkpoints of any size stay, and so does all that is large. */
    WORKER,
    /** A folder that all nodes share has all of them. */
    SHARED,
    /** All artifacts go to the coordinator. */
    COORDINATOR
  }

  /** Whether an artifact stays where it was made. */
  public boolean stays(ArtifactRef artifact) {
    boolean isLarge = artifact.bytes() > large;
    return switch (place) {
      case AUTO -> isLarge;
      case WORKER -> isLarge || CHECKPOINTS.contains(artifact.kind());
      case SHARED, COORDINATOR -> false;
    };
  }
}
