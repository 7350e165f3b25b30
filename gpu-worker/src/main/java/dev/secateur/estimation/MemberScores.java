package dev.secateur.estimation;

import java.util.List;

/**
 * The scores of one coupled structure under one criterion, as stored.
 *
 * @param structure the structure's name
 * @param members by member in order of execution, the score of each unit; float64
 */
public record MemberScores(String structure, List<double[]> members) {}
