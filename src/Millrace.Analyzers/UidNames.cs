using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Millrace.Analyzers;

/// <summary>Proposes a uid from what the code calls the operator.</summary>
internal static class UidNames
{
    /// <summary>A uid that the file does not use yet: from the operator's name, its variable, its function's type, or its method.</summary>
    public static string For(InvocationExpressionSyntax call, SyntaxNode root)
    {
        string name = Kebab(NameOf(call));
        HashSet<string> used = new(
            root.DescendantNodes().OfType<InvocationExpressionSyntax>().Where(IsUid).Select(FirstText).OfType<string>(),
            StringComparer.Ordinal
        );
        string uid = name;
        for (int i = 2; used.Contains(uid); i++)
        {
            uid = name + "-" + i.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return uid;
    }

    public static string Kebab(string name)
    {
        StringBuilder text = new();
        for (int i = 0; i < name.Length; i++)
        {
            char c = name[i];
            if (!char.IsLetterOrDigit(c))
            {
                Separate(text);
                continue;
            }

            bool starts =
                char.IsUpper(c)
                && i > 0
                && (
                    char.IsLower(name[i - 1])
                    || char.IsDigit(name[i - 1])
                    || (i + 1 < name.Length && char.IsUpper(name[i - 1]) && char.IsLower(name[i + 1]))
                );
            if (starts)
            {
                Separate(text);
            }

            text.Append(char.ToLowerInvariant(c));
        }

        string kebab = text.ToString().Trim('-');
        return kebab.Length == 0 ? "operator" : kebab;
    }

    private static string NameOf(InvocationExpressionSyntax call)
    {
        SyntaxNode end = call;
        while (end.Parent is MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax next } access && access.Expression == end)
        {
            if (access.Name.Identifier.ValueText is "WithName" && FirstText(next) is { } given)
            {
                return given;
            }

            if (access.Name.Identifier.ValueText is not ("WithName" or "SetParallelism" or "StartNewChain"))
            {
                break;
            }

            end = next;
        }

        if (end.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax variable })
        {
            return variable.Identifier.ValueText;
        }

        ObjectCreationExpressionSyntax? function = call
            .ArgumentList.Arguments.Select(argument => argument.Expression)
            .OfType<ObjectCreationExpressionSyntax>()
            .LastOrDefault();
        return function?.Type switch
        {
            SimpleNameSyntax type => WithoutEnding(type.Identifier.ValueText),
            QualifiedNameSyntax type => WithoutEnding(type.Right.Identifier.ValueText),
            _ => call.Expression is MemberAccessExpressionSyntax method ? method.Name.Identifier.ValueText : "operator",
        };
    }

    private static string WithoutEnding(string type) =>
        new[] { "KeyedProcessFunction", "ProcessFunction", "AggregateFunction", "Function" }
            .Where(ending => type.Length > ending.Length && type.EndsWith(ending, StringComparison.Ordinal))
            .Select(ending => type.Substring(0, type.Length - ending.Length))
            .FirstOrDefault()
        ?? type;

    private static bool IsUid(InvocationExpressionSyntax call) =>
        call.Expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "WithUid" };

    private static string? FirstText(InvocationExpressionSyntax call) =>
        call.ArgumentList.Arguments.FirstOrDefault()?.Expression is LiteralExpressionSyntax literal
        && literal.IsKind(SyntaxKind.StringLiteralExpression)
            ? literal.Token.ValueText
            : null;

    private static void Separate(StringBuilder text)
    {
        if (text.Length > 0 && text[text.Length - 1] != '-')
        {
            text.Append('-');
        }
    }
}
