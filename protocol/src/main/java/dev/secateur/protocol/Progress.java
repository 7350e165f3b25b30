package dev.secateur.protocol;

/**
 * The progress of a task.
 *
 * @param done steps, windows or sections done
 * @param total of how many; 0 if unknown
 * @param note readable text, such as the loss
 */
public record Progress(long done, long total, String note) {}
