/**
 * Calls that are repeated after a failure: Failsafe's policies, for work with checked exceptions.
 */
package dev.secateur.retry;
