/** The worker: an actor bound to one device, which requests tasks and runs them. */
package dev.secateur.worker;
