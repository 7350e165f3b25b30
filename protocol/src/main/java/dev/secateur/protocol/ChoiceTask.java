package dev.secateur.protocol;

import java.util.List;

/**
 * A multiple-choice task that the author of a sweep declares. Templates name fields of a row in
 * braces.
 *
 * @param name its name in the results
 * @param rows a file of rows
 * @param template text before the choices
 * @param choices a template for each choice, or one that is a field with a list of texts
 * @param answer the field that says which is right: its index from zero, its text, or its letter
 * @param normalised whether length-normalised accuracy is the task's accuracy
 */
public record ChoiceTask(
    String name,
    TextRef rows,
    String template,
    List<String> choices,
    String answer,
    boolean normalised) {}
