/**
 * Discovery: a model's forward pass run on symbolic axes. Axes that must keep the same length are
 * unified, and the classes of that union are the coupled structures; no family has grouping code of
 * its own.
 */
package dev.secateur.discovery;
