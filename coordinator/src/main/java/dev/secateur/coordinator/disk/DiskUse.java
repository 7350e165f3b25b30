package dev.secateur.coordinator.disk;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;

/**
 * What a place takes of a coordinator's disk, or of its database.
 *
 * @param place {@code work}, {@code artifacts} or {@code database}
 * @param path the folder, or the database's address
 * @param used bytes
 * @param free bytes that are left on its disk, where that is known
 */
public record DiskUse(
    String place,
    String path,
    long used,
    @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Long> free) {}
