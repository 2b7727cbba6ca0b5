/* SPDX-License-Identifier: Apache-2.0 */
/* nothing.c - a program without a loader's opens: what it does when executed can be counted. */
int main(void)
{
    return 0;
}
