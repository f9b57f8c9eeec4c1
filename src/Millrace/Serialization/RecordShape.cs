using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Serialization;

namespace Millrace.Serialization;

/// <summary>
/// Finds the members that make up the state of a class or struct, and how to construct it. Refuses shapes that would lose state silently.
/// </summary>
internal sealed class RecordShape
{
    private const BindingFlags AllInstance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private RecordShape(ConstructorInfo? constructor, IReadOnlyList<(MemberInfo Member, Type Type, ParameterInfo? Parameter)> members)
    {
        Constructor = constructor;
        Members = members;
    }

    /// <summary><see langword="null"/> for a struct made by its default value.</summary>
    public ConstructorInfo? Constructor { get; }

    /// <summary>
    /// Constructor-bound members first, in the order of the parameters, then the assigned ones in the order of declaration.
    /// </summary>
    public IReadOnlyList<(MemberInfo Member, Type Type, ParameterInfo? Parameter)> Members { get; }

    public static RecordShape Of(Type type)
    {
        List<MemberInfo> candidates = Candidates(type);
        ConstructorInfo? constructor = ChooseConstructor(type, candidates);
        List<(MemberInfo, Type, ParameterInfo?)> members = new();
        HashSet<MemberInfo> bound = new();
        foreach (ParameterInfo parameter in constructor?.GetParameters() ?? [])
        {
            MemberInfo member = Match(candidates, parameter)!;
            bound.Add(member);
            members.Add((member, TypeOf(member), parameter));
        }

        foreach (MemberInfo member in candidates.Where(member => !bound.Contains(member)))
        {
            if (IsAssignable(member))
            {
                members.Add((member, TypeOf(member), null));
            }
            else if (member is FieldInfo || HasBackingField(type, member))
            {
                throw new UnsupportedStateException(
                    $"member '{member.Name}' can be set neither by a constructor parameter of the same name and type nor by a setter; give "
                        + "it an init setter, or leave it out with [IgnoreDataMember]"
                );
            }
        }

        RefuseHiddenState(type, members.Select(entry => entry.Item1));
        return new RecordShape(constructor, members);
    }

    private static List<MemberInfo> Candidates(Type type)
    {
        List<MemberInfo> found = new();
        for (Type? level = type; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
        {
            found.InsertRange(
                0,
                level
                    .GetMembers(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
                    .Where(member => member is FieldInfo or PropertyInfo { CanRead: true, GetMethod.IsPublic: true } && !IsIgnored(member))
                    .Where(member => member is not PropertyInfo property || property.GetIndexParameters().Length == 0)
                    .OrderBy(member => member.MetadataToken)
            );
        }

        return [.. found.GroupBy(member => member.Name, StringComparer.Ordinal).Select(group => group.Last())];
    }

    private static bool IsIgnored(MemberInfo member) =>
        member.IsDefined(typeof(IgnoreDataMemberAttribute))
        || (member is FieldInfo field && field.IsDefined(typeof(NonSerializedAttribute)));

    private static ConstructorInfo? ChooseConstructor(Type type, List<MemberInfo> candidates)
    {
        ConstructorInfo[] usable =
        [
            .. type.GetConstructors()
                .Where(constructor => constructor.GetParameters().All(parameter => Match(candidates, parameter) is not null)),
        ];
        ConstructorInfo? widest = usable.MaxBy(constructor => constructor.GetParameters().Length);
        bool allAssignable = candidates.TrueForAll(IsAssignable);
        ConstructorInfo? simplest = usable.FirstOrDefault(constructor => constructor.GetParameters().Length == 0);
        if (allAssignable && (simplest is not null || type.IsValueType))
        {
            return simplest;
        }

        return widest
            ?? (
                type.IsValueType
                    ? null
                    : throw new UnsupportedStateException(
                        "it has no public constructor whose parameters all match public members by name and type; add one"
                    )
            );
    }

    private static MemberInfo? Match(List<MemberInfo> candidates, ParameterInfo parameter) =>
        candidates.Find(member =>
            string.Equals(member.Name, parameter.Name, StringComparison.OrdinalIgnoreCase) && TypeOf(member) == parameter.ParameterType
        );

    private static Type TypeOf(MemberInfo member) =>
        member is PropertyInfo property ? property.PropertyType : ((FieldInfo)member).FieldType;

    private static bool IsAssignable(MemberInfo member) =>
        member switch
        {
            PropertyInfo property => property.SetMethod is { IsPublic: true },
            FieldInfo field => !field.IsInitOnly,
            _ => false,
        };

    private static bool HasBackingField(Type type, MemberInfo member) =>
        member is FieldInfo || (member.DeclaringType ?? type).GetField($"<{member.Name}>k__BackingField", AllInstance) is not null;

    private static void RefuseHiddenState(Type type, IEnumerable<MemberInfo> members)
    {
        List<FieldInfo> hidden = new();
        for (Type? level = type; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
        {
            hidden.AddRange(
                level
                    .GetFields(AllInstance | BindingFlags.DeclaredOnly)
                    .Where(field => !field.IsPublic && !field.IsDefined(typeof(CompilerGeneratedAttribute)) && !IsIgnored(field))
            );
        }

        int explicitProperties = members.Count(member => member is PropertyInfo && !HasBackingField(type, member));
        if (hidden.Count > explicitProperties)
        {
            throw new UnsupportedStateException(
                $"field '{hidden[0].Name}' is not public, so its value would be lost; make it a public member, or mark it [NonSerialized] "
                    + "if it need not be kept"
            );
        }
    }
}

/// <summary>A public member that makes up a record's state.</summary>
/// <param name="Member">The property or field.</param>
/// <param name="Type">Its type.</param>
/// <param name="Parameter">Constructor parameter that sets it, if any; otherwise it is assigned.</param>
/// <param name="Serializer">A <see cref="TypeSerializer{T}"/> of <paramref name="Type"/>.</param>
/// <param name="Schema">The serializer's schema.</param>
internal sealed record RecordMember(MemberInfo Member, Type Type, ParameterInfo? Parameter, object Serializer, TypeSchema Schema)
{
    public string Name => Member.Name;

    public bool IsCalled(string name) =>
        string.Equals(Name, name, StringComparison.Ordinal)
        || Member
            .GetCustomAttributes<RenamedFromAttribute>()
            .Any(attribute => string.Equals(attribute.Name, name, StringComparison.Ordinal));
}

/// <summary>The serializer of a record, whatever its type.</summary>
internal interface IRecordSerializer
{
    IReadOnlyList<RecordMember> Members { get; }

    /// <summary>A serializer that writes the members in another way, and reads as this one does.</summary>
    object WithWriters(IEnumerable<RecordMember> members);
}

/// <summary>
/// Says under which name a member was kept in older state, so that the state can still be read after a rename. May be repeated. On a
/// positional record put it on the parameter with the target <c>property:</c>.
/// </summary>
/// <param name="name">The former name.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field, AllowMultiple = true)]
public sealed class RenamedFromAttribute(string name) : Attribute
{
    /// <summary>The former name.</summary>
    public string Name { get; } = name;
}
