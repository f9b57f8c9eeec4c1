namespace Millrace.Embedded.Infrastructure;

/// <summary>What changes from one text to another, line by line as <c>diff -u</c> shows it.</summary>
internal static class TextDifference
{
    private const int Context = 3;

    /// <param name="before">The text that is there.</param>
    /// <param name="after">The text that should be.</param>
    /// <returns>Lines with <c>' '</c>, <c>'-'</c> or <c>'+'</c> in front, hunks headed by <c>@@</c>; empty when the texts are the
    /// same.</returns>
    public static IReadOnlyList<string> Of(string before, string after)
    {
        if (string.Equals(before, after, StringComparison.Ordinal))
        {
            return [];
        }

        string[] old = before.Split('\n');
        string[] current = after.Split('\n');
        List<(char Mark, string Text, int Line)> all = Align(old, current);
        List<string> lines = [];
        int shownTo = 0;
        for (int i = 0; i < all.Count; i++)
        {
            if (all[i].Mark == ' ')
            {
                continue;
            }

            int from = Math.Max(shownTo, i - Context);
            if (from > shownTo || shownTo == 0)
            {
                lines.Add($"@@ line {all[from].Line} @@");
            }

            int to = Math.Min(all.Count, i + Context + 1);
            for (int j = from; j < to; j++)
            {
                if (j > i && all[j].Mark != ' ')
                {
                    to = Math.Min(all.Count, j + Context + 1);
                }

                lines.Add(all[j].Mark + all[j].Text);
            }

            shownTo = to;
            i = to - 1;
        }

        return lines;
    }

    // The longest common subsequence by its table: the files are short.
    private static List<(char Mark, string Text, int Line)> Align(string[] old, string[] current)
    {
        int[,] common = new int[old.Length + 1, current.Length + 1];
        for (int i = old.Length - 1; i >= 0; i--)
        {
            for (int j = current.Length - 1; j >= 0; j--)
            {
                common[i, j] = old[i] == current[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        List<(char Mark, string Text, int Line)> all = [];
        int a = 0;
        int b = 0;
        while (a < old.Length || b < current.Length)
        {
            if (a < old.Length && b < current.Length && old[a] == current[b])
            {
                all.Add((' ', old[a++], ++b));
            }
            else if (b == current.Length || (a < old.Length && common[a + 1, b] >= common[a, b + 1]))
            {
                all.Add(('-', old[a++], b + 1));
            }
            else
            {
                all.Add(('+', current[b++], b));
            }
        }

        return all;
    }
}
