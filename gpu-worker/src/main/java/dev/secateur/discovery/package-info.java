/**
 * Discovery: runs the forward pass of a model on symbolic axes. Axes that must keep the same length
 * are unified, and the resulting classes are the coupled structures; no family has its own grouping
 * code.
 */
package dev.secateur.discovery;
