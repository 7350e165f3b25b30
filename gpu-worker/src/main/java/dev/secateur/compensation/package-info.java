/**
 * Compensation: matrices refitted by least squares, so that a pruned model computes what the whole
 * one did.
 */
package dev.secateur.compensation;
