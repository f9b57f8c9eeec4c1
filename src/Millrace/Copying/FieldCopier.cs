using System.Reflection;
using System.Reflection.Emit;

namespace Millrace.Copying;

/// <summary>Makes code that replaces what an object's or a struct's fields refer to by copies.</summary>
internal static class FieldCopier
{
    private static readonly MethodInfo CopyMethod = typeof(ObjectCopier).GetMethod(nameof(ObjectCopier.Copy))!;

    /// <param name="type">The type whose fields are copied.</param>
    /// <param name="signature">A delegate (ref T, ObjectCopier) for a struct, (object, ObjectCopier) for a class.</param>
    public static Delegate Compile(Type type, Type signature)
    {
        Type target = type.IsValueType ? type.MakeByRefType() : typeof(object);
        DynamicMethod method = new(
            "CopyFields",
            typeof(void),
            [target, typeof(ObjectCopier)],
            typeof(FieldCopier).Module,
            skipVisibility: true
        );
        ILGenerator code = method.GetILGenerator();
        foreach (FieldInfo field in Mutability.FieldsOf(type).Where(field => !Mutability.IsImmutable(field.FieldType)))
        {
            LoadTarget(code, field);
            code.Emit(OpCodes.Ldarg_1);
            LoadTarget(code, field);
            code.Emit(OpCodes.Ldfld, field);
            code.Emit(OpCodes.Callvirt, CopyMethod.MakeGenericMethod(field.FieldType));
            code.Emit(OpCodes.Stfld, field);
        }

        code.Emit(OpCodes.Ret);
        return method.CreateDelegate(signature);
    }

    private static void LoadTarget(ILGenerator code, FieldInfo field)
    {
        code.Emit(OpCodes.Ldarg_0);
        if (!field.DeclaringType!.IsValueType)
        {
            code.Emit(OpCodes.Castclass, field.DeclaringType);
        }
    }
}
