package dev.secateur.coordinator.disk;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;

/**
 * The space that a place uses on a coordinator's disk, or in its database.
 *
 * @param place {@code work}, {@code artifacts} or {@code database}
 * @param path the folder, or the database's address
 * @param used bytes
 * @param free bytes free on its disk, if known
 */
public record DiskUse(
    String place,
    String path,
    long used,
    @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Long> free) {}
