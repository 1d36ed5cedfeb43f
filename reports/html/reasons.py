"""Why a row is open, in Chinese: what this suite says in fixed words. What a server said stays as it is."""

from __future__ import annotations

import re

BETWEEN = "; "  # of the parts of a reason
PARTS = {
    re.compile(english): chinese
    for english, chinese in {
        r"the target does not allow the effect (.+)": r"目标文件不允许此类操作（effects）：\1",
        r"takes (.+), more than was left of --for (.+)": r"需要 \1，超过 --for \2 的剩余时间",
        r"the (.+) of --for were over": r"--for 的 \1 已用完",
        r"the (.+) takes (.+), more than a third of --for": r"“\1”需要 \2，超过 --for 的三分之一",
        r"the run was broken off": "运行中断",
        r"cases were never judged": "有用例从未判定",
        r"and (\d+) more reasons?": r"另有 \1 条理由",
        r"no \[\[pixit\.beijing\.connector\]\] has a box that can be moved from here": (
            "[[pixit.beijing.connector]] 中没有可由此处操作的充电桩"
        ),
        r"the target has no charger of the lab's own: connectors without a box are such where (.+) and .+": (
            r"目标文件中没有由本套件操作的充电设备：须设 \1 与 charger_link，无 box 的接口即为此类"
        ),
        r"the target has no (.+): name (?:one|more) in (.+)": r"目标文件中缺少（\1）：请在 \2 中填写",
        r"the target offers no surface for '(.+)': describe it in (.+)": r"目标文件未描述操作界面 \1：请填写 \2",
        r"(?:surface \w+: )?(\w+): done by hand": r"\1：须由人工完成",
        r"a person at the console is needed": "需要有人在控制台操作",
        r"query_token gave the platform no token": "query_token 未向平台发放凭证",
        r"judged by a load run, which is still to come": "由负载测试判定，该功能尚未提供",
        r"judged by the rehearsal console, which is still to come": "由测试阶段预演判定，该功能尚未提供",
        r"judged by the project's own tests": "由本项目自身的测试判定",
        r"not shown to be a working server: the answers of (.+) do not follow what is demanded": (
            r"未证明服务器在工作：\1 的应答与要求不相符"
        ),
        r"Power is not compared: needs power_w in (.+), the rated power": (
            r"未比较 Power：须在 \1 中填写额定功率 power_w"
        ),
    }.items()
}


def chinese_reason(reason: str) -> str:
    """The reason with what is known of it in Chinese; empty where nothing is."""
    parts = reason.split(BETWEEN)
    told = [_in_chinese(part) for part in parts]
    return "；".join(told) if told != parts else ""


def _in_chinese(part: str) -> str:
    found = ((known.fullmatch(part), chinese) for known, chinese in PARTS.items())
    return next((match.expand(chinese) for match, chinese in found if match), part)
