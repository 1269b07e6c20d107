/* A mapped file, such as LMDB's, is read by the processor, not by calls: where the disk fails, or a damaged page leads out of the file, there is no
 * error to be refused but a signal. */
#ifndef SL_BASE_CRASH_H
#define SL_BASE_CRASH_H

/* From here on the log has a line that says what SIGBUS and SIGSEGV mean, before the process ends by them as ever. Where somebody else handles
 * them already, as sanitizers do, nothing changes. Once, at the start. */
void sl_crash_explain(void);

#endif
