package dev.secateur.coordinator.disk;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.OptionalLong;

/** The space that a place uses on a coordinator's disk, or in its database. */
public sealed interface DiskUse {
  /** {@code work}, {@code artifacts} or {@code database}. */
  String place();

  /** The folder, or the database's address. */
  String path();

  /** In bytes. */
  long used();

  /** The bytes free on its disk, if they are known. */
  OptionalLong left();

  /**
   * A folder, which may be a database's.
   *
   * @param free bytes free on its disk
   */
  record Folder(String place, String path, long used, long free) implements DiskUse {
    @Override
    public OptionalLong left() {
      return OptionalLong.of(free);
    }
  }

  /** A database on a server, whose disk is unknown. */
  @JsonPropertyOrder({"place", "path", "used"})
  record DatabaseServer(String path, long used) implements DiskUse {
    @Override
    @JsonProperty
    public String place() {
      return "database";
    }

    @Override
    public OptionalLong left() {
      return OptionalLong.empty();
    }
  }
}
