package dev.secateur.protocol;

/**
 * How far a task is.
 *
 * @param done steps, windows or sections done
 * @param total of how many; 0 where it is not known
 * @param note something for people, such as the loss
 */
public record Progress(long done, long total, String note) {}
